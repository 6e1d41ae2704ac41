# SPDX-License-Identifier: ISC
# Sockets of AF_NETLINK. It registers itself with net/sock.c; a bake takes it when the programs can call socket.
$(eval $(call component,netlink,$(wildcard net/netlink/*.c),abi lib kernel fs net))
