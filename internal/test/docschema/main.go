// Command docschema completes the schemas that an engine prints (`providers schema -json`), for the
// documentation: engines before Terraform 1.14 know neither list resources nor actions.
//
//	engine ──► stdin ──► + list_resource_schemas, action_schemas of this provider ──► stdout
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "docschema:", err)
		os.Exit(1)
	}
}

func run() error {
	var printed struct {
		Version   string                    `json:"format_version"`
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&printed); err != nil {
		return fmt.Errorf("read the engine's schemas: %w", err)
	}
	own, err := provider.NewServer(provider.New("dev"))().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("ask the provider: %w", err)
	}
	lists, actions := make(map[string]any), make(map[string]any)
	for name, s := range own.ListResourceSchemas {
		lists[name] = block(s)
	}
	for name, s := range own.ActionSchemas {
		actions[name] = block(s.Schema)
	}
	for _, p := range printed.Providers {
		p["list_resource_schemas"], p["action_schemas"] = lists, actions
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	return out.Encode(printed)
}

// block is a schema as engines print it. It has attributes without nested ones.
func block(s *tfprotov6.Schema) map[string]any {
	attributes := make(map[string]any)
	for _, a := range s.Block.Attributes {
		attributes[a.Name] = map[string]any{
			"type": typeOf(a.Type), "description": a.Description, "description_kind": "markdown",
			"required": a.Required, "optional": a.Optional,
		}
	}
	return map[string]any{"block": map[string]any{
		"attributes": attributes, "description": s.Block.Description, "description_kind": "markdown",
	}}
}

// typeOf is a type as engines print it.
func typeOf(t tftypes.Type) any {
	if list, ok := t.(tftypes.List); ok {
		return []any{"list", typeOf(list.ElementType)}
	}
	switch {
	case t.Is(tftypes.Bool):
		return "bool"
	case t.Is(tftypes.Number):
		return "number"
	}
	return "string"
}
