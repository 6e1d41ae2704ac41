# SPDX-License-Identifier: ISC
$(eval $(call component,fs-file,fs/file.c,abi lib kernel fs))
$(eval $(call component,fs-vfs,$(wildcard fs/vfs/*.c),abi lib kernel fs))
$(eval $(call component,fs-tmpfs,$(wildcard fs/tmpfs/*.c fs/overlay/*.c),abi lib kernel fs))
$(eval $(call component,fs-erofs,$(wildcard fs/erofs/*.c),abi lib kernel fs))
$(eval $(call component,fs-root,$(wildcard fs/root/*.c),abi lib kernel fs))
$(eval $(call component,fs-dev,$(wildcard fs/dev/*.c),abi lib kernel fs))
$(eval $(call component,fs-pseudo,$(wildcard fs/pseudo/*.c),abi lib kernel fs))
