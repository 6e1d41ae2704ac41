# SPDX-License-Identifier: ISC
# `kiln pkg` finds the packages beside kiln's data: in the build tree a link to this folder.
programs: $(BUILD)/lib/kiln/packages
$(BUILD)/lib/kiln/packages:
	@mkdir -p $(@D)
	$(Q)ln -sfn $(CURDIR)/packages $@

.PHONY: install-packages
install: install-packages
install-packages:
	mkdir -p $(DESTDIR)$(PREFIX)/lib/kiln/packages $(DESTDIR)$(PREFIX)/lib/kiln/scripts $(DESTDIR)$(PREFIX)/lib/kiln/toolchain
	cp -R packages/. $(DESTDIR)$(PREFIX)/lib/kiln/packages/
	install -m 755 scripts/fetch-source $(DESTDIR)$(PREFIX)/lib/kiln/scripts/
	install -m 644 toolchain/sources.txt toolchain/cached.sh $(DESTDIR)$(PREFIX)/lib/kiln/toolchain/
