# SPDX-License-Identifier: ISC
$(eval $(call component,fs-file,fs/file.c,abi lib kernel fs))
