/* SPDX-License-Identifier: ISC */
/*
 * Devices: nothing is found here. The buses are components (drivers/), which look for their devices at INIT_DRIVER if
 * they are in the image at all; what the platform itself uses (serial console, clocks) it needs from the start.
 */
#include "platform/platform.h"

void platform_probe(void)
{
}
