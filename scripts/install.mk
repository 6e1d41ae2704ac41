# SPDX-License-Identifier: ISC
# make install, make uninstall. Everything is found from the place of bin/kiln and of the compiler's wrappers, so DESTDIR and
# PREFIX may be anything, and the tree may be moved later. toolchain/ and packages/ install their own parts.
INSTALLED := $(DESTDIR)$(PREFIX)
COMPLETIONS := share/bash-completion/completions

install: all install-toolchain install-packages ## install into DESTDIR and PREFIX (/usr/local)
	install -d $(INSTALLED)/bin $(INSTALLED)/lib/kiln/components
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(INSTALLED)/bin/
	install -m 755 $$(find $(BUILD)/lib/kiln -maxdepth 1 -type f -perm -1) $(INSTALLED)/lib/kiln/
	rm -f $(INSTALLED)/lib/kiln/components/*
	install -m 644 $(BUILD)/lib/kiln/components/* $(INSTALLED)/lib/kiln/components/
	install -Dm 644 host/completion/kiln.bash $(INSTALLED)/$(COMPLETIONS)/kiln
	set -e; for m in $(wildcard host/man/*.[1-8]); do install -Dm 644 $$m $(INSTALLED)/share/man/man$${m##*.}/$$(basename $$m); done

uninstall: ## remove what make install has put there
	rm -f $(PROGRAMS:%=$(INSTALLED)/bin/%) $(INSTALLED)/bin/$(KILN_TRIPLET)-* $(INSTALLED)/$(COMPLETIONS)/kiln
	rm -rf $(INSTALLED)/lib/kiln $(INSTALLED)/share/kiln
	rm -f $(foreach m,$(notdir $(wildcard host/man/*.[1-8])),$(INSTALLED)/share/man/man$(lastword $(subst ., ,$(m)))/$(m))

.PHONY: install uninstall
