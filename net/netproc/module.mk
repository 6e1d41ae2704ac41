# SPDX-License-Identifier: ISC
# The network's files in /proc/net, beside those that linux/proc has itself.
$(eval $(call component,netproc,$(wildcard net/netproc/*.c),abi lib kernel fs net))
