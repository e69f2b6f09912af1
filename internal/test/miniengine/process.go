package miniengine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Process is a provider that runs.
type Process struct {
	Server tfprotov6.ProviderServer
	// Exit is the end of a process whose engine has no more to ask.
	Exit func() error
	// Abandon is the end of a process whose engine was killed.
	Abandon func()
	// Kill keeps the process from having any effect from now on.
	Kill func()
}

// processes are the processes of a plan or an apply: one for each provider block in use, by its
// alias.
type processes map[string]*Process

// open starts a process for each alias and configures it.
func (e *Engine) open(ctx context.Context, c Config, aliases []string) (processes, error) {
	run, ps := new(byte), make(processes)
	for _, alias := range aliases {
		block, ok := c.Aliases[alias]
		if alias == "" {
			block, ok = c.Provider, true
		}
		if !ok {
			ps.kill()
			return nil, fmt.Errorf("provider configuration not present: the alias %q, which state names", alias)
		}
		ps[alias] = e.Start(run)
		err := e.learn(ctx, ps[alias].Server)
		if err == nil {
			err = e.configure(ctx, ps[alias].Server, block)
		}
		if err != nil {
			ps.kill()
			return nil, err
		}
	}
	return ps, nil
}

func (ps processes) each(do func(*Process)) {
	for _, alias := range slices.Sorted(maps.Keys(ps)) {
		do(ps[alias])
	}
}

func (ps processes) kill()    { ps.each(func(p *Process) { p.Kill() }) }
func (ps processes) abandon() { ps.each(func(p *Process) { p.Abandon() }) }

// exit ends them all, at the same time.
func (ps processes) exit() error {
	var all sync.WaitGroup
	errs := make([]error, len(ps))
	for i, alias := range slices.Sorted(maps.Keys(ps)) {
		all.Go(func() { errs[i] = ps[alias].Exit() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// learn asks for the schemas, once.
func (e *Engine) learn(ctx context.Context, server tfprotov6.ProviderServer) error {
	if e.resources != nil {
		return nil
	}
	resp, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err == nil {
		err = errorOf(resp.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("read the provider's schema: %w", err)
	}
	e.provider, e.resources = resp.Provider, maps.Clone(resp.ResourceSchemas)
	e.resources[Blocker] = blockerSchema
	return nil
}

func (e *Engine) configure(ctx context.Context, server tfprotov6.ProviderServer, config map[string]any) error {
	typ := e.provider.ValueType()
	value, err := evaluate(config, typ, nil)
	if err != nil {
		return fmt.Errorf("the provider block: %w", err)
	}
	raw, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		return err
	}
	valid, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: &raw})
	if err == nil {
		err = errorOf(valid.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("validate the provider's configuration: %w", err)
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: &raw})
	if err == nil {
		err = errorOf(resp.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("configure the provider: %w", err)
	}
	return nil
}

// alias returns the alias of the provider block that is responsible for a key: the configured one,
// else the one that made the object. A blocker has no provider block; its alias is [Blocker].
func alias(c Config, s State, key string) string {
	r, ok := c.Resources[Address(key)]
	if !ok {
		r = Resource{Type: s[key].Type, Provider: s[key].Provider}
	}
	if r.Type == Blocker {
		return Blocker
	}
	return r.Provider
}

// aliases returns the aliases of the provider blocks that the keys need.
func aliases(c Config, s State, keys []string) (all []string) {
	for _, key := range keys {
		if of := alias(c, s, key); of != Blocker {
			all = append(all, of)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
