package functions_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
)

// call calls a function of a provider that nobody configured, as engines do.
func call(t *testing.T, name string, arguments ...tftypes.Value) (tftypes.Value, *tfprotov6.FunctionError) {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test"))()
	schemas, err := server.GetFunctions(t.Context(), &tfprotov6.GetFunctionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	f := schemas.Functions[name]
	if f == nil {
		t.Fatalf("the provider has no function %s", name)
	}
	values := make([]*tfprotov6.DynamicValue, len(arguments))
	for i, a := range arguments {
		v, err := tfprotov6.NewDynamicValue(a.Type(), a)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = &v
	}
	resp, err := server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: values})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return tftypes.Value{}, resp.Error
	}
	result, err := resp.Result.Unmarshal(f.Return.Type)
	if err != nil {
		t.Fatal(err)
	}
	return result, nil
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func texts(list ...any) tftypes.Value {
	values := make([]tftypes.Value, len(list))
	for i, s := range list {
		values[i] = tftypes.NewValue(tftypes.String, s)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, values)
}

// textOf is the result of a call that succeeds with a string.
func textOf(t *testing.T, name string, arguments ...tftypes.Value) (s string) {
	t.Helper()
	v, failed := call(t, name, arguments...)
	if failed != nil {
		t.Fatalf("%s: %s", name, failed.Text)
	}
	if err := v.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestABlobIDIsThatOfGit(t *testing.T) {
	t.Parallel()
	const hello = "ce013625030ba8dba906f756967f9e9ca394464a" // git hash-object
	for _, got := range []string{
		textOf(t, "blob_id", text("hello\n")),
		textOf(t, "blob_id", text("hello\n"), text("sha1")),
		textOf(t, "blob_id_base64", text("aGVsbG8K")),
	} {
		if got != hello {
			t.Errorf("the id is %s, want %s", got, hello)
		}
	}
	const long = "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4" // git hash-object in a SHA-256 repository
	if got := textOf(t, "blob_id", text("hello\n"), text("sha256")); got != long {
		t.Errorf("the id of SHA-256 is %s, want %s", got, long)
	}
	binary := []byte{0, 0xff, 0xfe, '\n'}
	want := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, binary).String()
	if got := textOf(t, "blob_id_base64", text(base64.StdEncoding.EncodeToString(binary))); got != want {
		t.Errorf("the id of bytes that are no text is %s, want %s", got, want)
	}
}

func TestAnAddressIsParsedWithoutItsCredentials(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://jo:s3cret@github.com/example/infrastructure.git": "https|github.com|example|infrastructure",
		"git@github.com:example/infrastructure.git":               "ssh|github.com|example|infrastructure",
		"file:///srv/git/r.git":                                   "file||srv/git|r",
	} {
		v, failed := call(t, "parse_url", text(in))
		if failed != nil {
			t.Errorf("%s: %s", in, failed.Text)
			continue
		}
		var parts map[string]tftypes.Value
		if err := v.As(&parts); err != nil {
			t.Fatal(err)
		}
		got := make([]string, 0, len(parts))
		for _, name := range []string{"scheme", "host", "owner", "name"} {
			var s string
			if err := parts[name].As(&s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, s)
		}
		if joined := strings.Join(got, "|"); joined != want || len(parts) != 4 {
			t.Errorf("%s: %s, want %s", in, joined, want)
		}
	}
}

func TestAGlobChoosesPathsInTheirOrder(t *testing.T) {
	t.Parallel()
	paths := texts("z.md", "docs/a.md", "docs/deep/b.md", "docs/a.txt", "docs")
	for pattern, want := range map[string]string{
		"**/*.md":         "z.md docs/a.md docs/deep/b.md",
		"docs/*":          "docs/a.md docs/a.txt",
		"docs/**":         "docs/a.md docs/deep/b.md docs/a.txt docs",
		"docs/a.{md,txt}": "docs/a.md docs/a.txt",
		"[!z]*":           "docs",
		"nothing":         "",
	} {
		v, failed := call(t, "glob", text(pattern), paths)
		if failed != nil {
			t.Errorf("%s: %s", pattern, failed.Text)
			continue
		}
		var values []tftypes.Value
		if err := v.As(&values); err != nil {
			t.Fatal(err)
		}
		got := make([]string, len(values))
		for i := range values {
			if err := values[i].As(&got[i]); err != nil {
				t.Fatal(err)
			}
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%s: %s, want %s", pattern, joined, want)
		}
	}
}

func TestAnErrorIsAboutTheArgumentAtFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		function  string
		arguments []tftypes.Value
		at        int64
		want      string
	}{
		"no base64":          {"blob_id_base64", []tftypes.Value{text("s3cret!")}, 0, "not base64"},
		"an unknown format":  {"blob_id", []tftypes.Value{text("x"), text("md5")}, 1, `"md5" is neither sha1 nor sha256`},
		"two formats":        {"blob_id", []tftypes.Value{text("x"), text("sha1"), text("sha1")}, 2, "a single object format"},
		"no address":         {"parse_url", []tftypes.Value{text("htps://ci:s3cret@host.example/r")}, 0, "not the URL of a repository"},
		"a misplaced secret": {"parse_url", []tftypes.Value{text("https://ci:s3cret/x@host.example/r")}, 0, "stands behind the host"},
		"a broken pattern":   {"glob", []tftypes.Value{text("docs/[a"), texts()}, 0, "malformed"},
		"a pattern with /":   {"glob", []tftypes.Value{text("/docs/*"), texts()}, 0, "matches nothing"},
		"a null path":        {"glob", []tftypes.Value{text("*"), texts("a", nil)}, 1, "index 1 is null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, failed := call(t, c.function, c.arguments...)
			if failed == nil {
				t.Fatalf("the result is %s, want an error", v)
			}
			if failed.FunctionArgument == nil || *failed.FunctionArgument != c.at || !strings.Contains(failed.Text, c.want) {
				t.Errorf("the error is %q at %v, want %q at %d", failed.Text, failed.FunctionArgument, c.want, c.at)
			}
			if strings.Contains(failed.Text, "s3cret") {
				t.Errorf("the error quotes the secret: %s", failed.Text)
			}
		})
	}
}

func TestAGlobOverUnknownPathsIsUnknown(t *testing.T) {
	t.Parallel()
	v, failed := call(t, "glob", text("*"), texts("a", tftypes.UnknownValue))
	if failed != nil || v.IsKnown() {
		t.Errorf("the result is %v, %v; want an unknown list", v, failed)
	}
}
