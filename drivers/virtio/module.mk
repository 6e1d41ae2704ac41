# SPDX-License-Identifier: ISC
$(eval $(call component,virtio,drivers/virtio/virtio.c drivers/virtio/virtq.c,abi lib kernel drivers))
$(eval $(call component,virtio-pci,drivers/virtio/pci.c,abi lib kernel drivers))
$(eval $(call component,virtio-mmio,drivers/virtio/mmio.c,abi lib kernel drivers))
