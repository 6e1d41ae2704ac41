# SPDX-License-Identifier: ISC
# Headers: linux/include/linux/x.h, included as "linux/x.h". What a bake does not want of a component falls to --gc-sections;
# what nobody can refer to (strace, stats) is a component of its own.
