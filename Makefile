# Everything that people and machines run here. `make` alone lists it.
.DEFAULT_GOAL := help
BUF := web/node_modules/.bin/buf

.PHONY: generate
generate: web/node_modules/.installed .cache/proto/buf/validate/validate.proto ## Regenerate the Go and TypeScript code from the contract
	rm -rf web/src/gen
	$(BUF) generate
	$(BUF) lint

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

.cache/proto/buf/validate/validate.proto: go.mod
	mkdir -p $(@D)
	go mod download github.com/bufbuild/protovalidate
	install -m 644 "$$(go list -m -f '{{.Dir}}' github.com/bufbuild/protovalidate)/proto/protovalidate/buf/validate/validate.proto" $@
