# SPDX-License-Identifier: ISC
$(eval $(call component,virtio-core,drivers/virtio/virtio.c drivers/virtio/virtq.c,abi lib kernel drivers))
$(eval $(call component,virtio-pci,drivers/virtio/pci.c,abi lib kernel drivers))
$(eval $(call component,virtio-mmio,drivers/virtio/mmio.c,abi lib kernel drivers))
$(eval $(call component,virtio-net,drivers/virtio/net.c,abi lib kernel drivers))
