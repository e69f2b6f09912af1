// Command terraform-provider-nanogit is started by Terraform or OpenTofu, never by hand.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/lean"
	nanogit "github.com/nanogit/terraform-provider-nanogit/internal/provider"
	"github.com/nanogit/terraform-provider-nanogit/internal/telemetry"
)

// address is the source address of the provider in configurations.
const address = "registry.terraform.io/nanogit/nanogit"

// version is set when a release is linked.
var version = "dev"

// main serves the provider to the engine that started it, until the engine ends it.
func main() {
	lean.Heap()
	if err := spareLogs(); err != nil {
		log.Printf("[WARN] %v", err)
	}
	wait := flag.Bool("debug", false, "wait for a debugger and print the TF_REATTACH_PROVIDERS value to start Terraform with")
	flag.Parse()
	// The engine reads this output. If the engine was killed, writing another line must not end a
	// push that is under way.
	signal.Ignore(syscall.SIGPIPE)
	report := func(err error) { log.Printf("[WARN] telemetry: %v", err) }
	stopTelemetry, err := telemetry.Start(context.Background(), version, report)
	if err != nil {
		report(err)
	}
	lean.Pages()
	p := nanogit.New(version)
	if !*wait {
		// Each configuration of the provider is a process of its own, started by the same engine.
		link := intent.Siblings()
		p.Join(intent.Run{Link: link, Records: intent.OpenRecords(link)})
		go func() {
			<-orphaned(os.Stdout.Fd())
			time.AfterFunc(nanogit.AbandonLimit+exitLimit, func() { os.Exit(1) }) // if anything hangs
			os.Exit(p.Abandon())
		}()
	}
	var options []tf6server.ServeOpt
	if *wait {
		options = append(options, tf6server.WithManagedDebug())
	}
	err = tf6server.Serve(address, nanogit.NewServer(p), options...)
	ctx, cancel := context.WithTimeout(context.Background(), exitLimit)
	defer cancel()
	// Close pushes removals that no commit took. Other staged changes belong to applies that were
	// given up, and are dropped.
	if closeErr := p.Close(); closeErr != nil {
		log.Print(closeErr)
	}
	if stopErr := stopTelemetry(ctx); stopErr != nil {
		report(stopErr)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// exitLimit is the time from the return of Serve in which the last metrics are sent: a plugin has
// two seconds to end.
const exitLimit = 1850 * time.Millisecond
