// Command terraform-provider-nanogit is started by Terraform or OpenTofu, never by hand.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	nanogit "github.com/nanogit/terraform-provider-nanogit/internal/provider"
)

// address is where configurations find the provider.
const address = "registry.terraform.io/nanogit/nanogit"

// version is set when a release is linked.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger and print the TF_REATTACH_PROVIDERS value to start Terraform with")
	flag.Parse()
	p := nanogit.New(version)
	err := providerserver.Serve(context.Background(), func() provider.Provider { return p }, providerserver.ServeOpts{Address: address, Debug: *debug})
	// What is still staged belongs to applies that were given up.
	if closeErr := p.Close(); closeErr != nil {
		log.Print(closeErr)
	}
	if err != nil {
		log.Fatal(err)
	}
}
