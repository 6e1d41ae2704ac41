# SPDX-License-Identifier: ISC
$(eval $(call component,lib,$(wildcard lib/*.c),abi lib,-fno-tree-loop-distribute-patterns))
