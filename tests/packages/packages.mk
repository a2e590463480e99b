# Debian packages and their tests. Included by the Makefile.

# Beside $(BUILD_DEPS): to build the packages, and roots to try them in.
DEB_DEPS := debhelper dh-python dpkg-dev lintian
ROOT_DEPS := mmdebstrap

.PHONY: deps-deb
deps-deb: ## install the Debian packages that `make deb` needs beside those of `make deps`
	@scripts/install-packages $(BUILD_DEPS) $(DEB_DEPS)

# In a copy, because dpkg-buildpackage writes beside the sources, and into them.
DEB := $(BUILD)/deb
.PHONY: deb
deb: deps-deb ## build the packages memcg-run and python3-memcg-run into build/deb
	rm -rf $(DEB)
	mkdir -p $(DEB)/memcg-run
	tar --exclude=./.git --exclude='./build*' --exclude=./output --exclude=__pycache__ -c . | tar -C $(DEB)/memcg-run -x
	cd $(DEB)/memcg-run && dpkg-buildpackage --no-sign
	lintian --fail-on error,warning $(DEB)/*.changes

.PHONY: test-deb
test-deb: ## build, install, try and purge the packages on a clean Debian 12 and 13 (needs root)
	@scripts/install-packages $(ROOT_DEPS)
	prove --timer --exec '' $(wildcard tests/packages/suites/*)
