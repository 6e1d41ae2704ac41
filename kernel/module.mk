# SPDX-License-Identifier: ISC
$(eval $(call component,kernel,$(wildcard kernel/*.c),abi lib kernel))
# Nothing refers to it, a bake names it.
$(eval $(call component,rumprun,kernel/rumprun/config.c $(wildcard lib/rumprun/*.c),abi lib kernel,-fno-tree-loop-distribute-patterns))
