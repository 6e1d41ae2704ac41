# SPDX-License-Identifier: ISC
# `kiln pkg` finds the packages beside kiln's data: in the build tree a link to this folder.
programs: $(BUILD)/lib/kiln/packages
$(BUILD)/lib/kiln/packages:
	@mkdir -p $(@D)
	$(Q)ln -sfn $(CURDIR)/packages $@
