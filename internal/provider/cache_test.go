package provider

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/redis"
)

func TestTheCacheIsReadFromAURL(t *testing.T) {
	t.Parallel()
	type config = objstore.Config
	type settings = map[string]string
	for in, want := range map[string]cacheOptions{
		"memory:": {kind: "memory"},
		"none:":   {kind: "none", verify: true},
		"memory:?max_size=128MiB&ttl=1h&max_object_size=1MiB&verify=true": {
			kind: "memory", verify: true, config: config{MaxSize: 128 << 20, TTL: time.Hour, MaxObjectSize: 1 << 20},
		},
		"disk:":                    {kind: "disk", verify: true},
		"disk:/var/cache/nano git": {kind: "disk", verify: true, config: config{Settings: settings{"directory": "/var/cache/nano git"}}},
		"disk:///var/cache":        {kind: "disk", verify: true, config: config{Settings: settings{"directory": "/var/cache"}}},
		"disk:cache%20d":           {kind: "disk", verify: true, config: config{Settings: settings{"directory": "cache d"}}},
		`disk:C:\cache`:            {kind: "disk", verify: true, config: config{Settings: settings{"directory": `C:\cache`}}},
		"disk:/var/cache/nanogit?ttl=24h&max_size=2GiB&verify=false": {
			kind: "disk", config: config{TTL: 24 * time.Hour, MaxSize: 2 << 30, Settings: settings{"directory": "/var/cache/nanogit"}},
		},
		"redis://:secret@host:6379/0?ttl=1h&key_prefix=ng:&dial_timeout=1s": {
			kind: "redis", verify: true,
			config: config{TTL: time.Hour, Settings: settings{"url": "redis://:secret@host:6379/0?dial_timeout=1s", "key_prefix": "ng:"}},
		},
		"rediss://host": {kind: "redis", verify: true, config: config{Settings: settings{"url": "rediss://host"}}},
		"postgres://u:secret@host/db?sslmode=require&table=cache.objects&max_object_size=1MiB&verify=false": {
			kind: "postgres", config: config{MaxObjectSize: 1 << 20, Settings: settings{"url": "postgres://u:secret@host/db?sslmode=require", "table": "cache.objects"}},
		},
		"postgresql:///db?host=/run/pg": {kind: "postgres", verify: true, config: config{Settings: settings{"url": "postgresql:///db?host=%2Frun%2Fpg"}}},
		"s3://bucket/some/prefix?region=eu-central-1&endpoint=http://127.0.0.1:9000&ttl=24h": {
			kind: "s3", verify: true, config: config{TTL: 24 * time.Hour, Settings: settings{
				"bucket": "bucket", "prefix": "some/prefix", "region": "eu-central-1", "endpoint": "http://127.0.0.1:9000",
			}},
		},
		"s3://bucket": {kind: "s3", verify: true, config: config{Settings: settings{"bucket": "bucket"}}},
	} {
		if want.config.Settings == nil {
			want.config.Settings = settings{}
		}
		if got, err := cacheTypes.parseURL(in); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("parseURL(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "memory", "etcd://:secret@h", "memory:?size=1", "memory:?max_size=x", "memory:?ttl=x", "memory:/x", "memory:?a;b", "memory:?verify=maybe",
		"%zz:", "disk://host/x", "disk:/x?table=t", "disk:/x?directory=/y", "disk:/x?mode=0777", "disk:%zz", "none:?max_size=1", "memory:?region=r",
		"redis://:secret@h?max_size=1GiB", "redis://:secret@h?table=t", "postgres://u:secret@h/d?key_prefix=k", "postgres://u:secret@h:port/d",
		"s3:", "s3://key:secret@bucket/p", "s3://bucket?acl=public", "s3://bucket?bucket=b", "s3://host:9000/bucket",
	} {
		if got, err := cacheTypes.parseURL(in); err == nil {
			t.Errorf("parseURL(%q) = %+v; want an error", in, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the secret: %v", err)
		}
	}
}

// FuzzCacheURL reads anything as NANOGIT_OBJECT_CACHE: the result is a type of the list with
// settings that this type takes, or an error.
func FuzzCacheURL(f *testing.F) {
	for _, b := range cacheTypes {
		f.Add(b.Example)
	}
	f.Add("redis://u:s3cret@h?ttl=1h&dial_timeout=1s")
	f.Add("disk:%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := cacheTypes.parseURL(raw)
		if err != nil {
			return
		}
		b, ok := cacheTypes.find(o.kind)
		if !ok {
			t.Fatalf("%q is of type %q", raw, o.kind)
		}
		for name := range o.config.Settings {
			if !slices.Contains(settingsOf(b), name) {
				t.Errorf("%q: type %s has a setting %s", raw, o.kind, name)
			}
		}
	})
}

func TestAttributesOfTheCacheFitItsType(t *testing.T) {
	t.Parallel()
	attribute := providerSchema(t).Attributes["object_cache"].GetType()
	for name, c := range map[string]struct {
		block object
		want  string // the attribute at fault
	}{
		"nothing":                    {block: object{}},
		"a size of the default":      {block: object{"max_size": "1MiB"}},
		"a directory of the default": {object{"directory": "/x"}, "directory"},
		"all that a disk knows":      {block: object{"type": "disk", "directory": "/x", "max_size": "1GiB", "ttl": "1h", "max_object_size": "1MiB", "verify": false}},
		"a bucket of a disk":         {object{"type": "disk", "bucket": "b"}, "bucket"},
		"a url of a disk":            {object{"type": "disk", "url": "redis://:s3cret@h"}, "url"},
		"a size of none":             {object{"type": "none", "max_size": "1MiB"}, "max_size"},
		"all that a redis knows":     {block: object{"type": "redis", "url": "rediss://:s3cret@h/0", "key_prefix": "k", "ttl": "1h", "verify": true}},
		"a redis without a url":      {object{"type": "redis"}, "url"},
		"a redis with another's url": {object{"type": "redis", "url": "postgres://:s3cret@h/0"}, "the block"},
		"a redis with a table":       {object{"type": "redis", "url": "redis://:s3cret@h", "table": "t"}, "table"},
		"all that a postgres knows":  {block: object{"type": "postgres", "url": "postgres://u:s3cret@h/d", "table": "t"}},
		"a postgres with no url":     {object{"type": "postgres", "url": ":s3cret"}, "the block"},
		"a url that is not known":    {block: object{"type": "postgres", "url": unknown{}}},
		"all that s3 knows":          {block: object{"type": "s3", "bucket": "b", "prefix": "p", "region": "r", "endpoint": "e"}},
		"s3 without a bucket":        {object{"type": "s3", "region": "r"}, "bucket"},
		"a type that is not known":   {block: object{"type": unknown{}, "bucket": "b", "url": "x"}},
		"a value that is not known":  {object{"type": "disk", "table": unknown{}}, "table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := attribute.ValueFromTerraform(t.Context(), value(t, attribute.TerraformType(t.Context()), c.block))
			if err != nil {
				t.Fatal(err)
			}
			at := path.Root("object_cache")
			var resp validator.ObjectResponse
			cacheFits{cacheTypes}.ValidateObject(t.Context(), validator.ObjectRequest{Path: at, ConfigValue: v.(types.Object)}, &resp)
			got := ""
			for _, d := range resp.Diagnostics {
				placed, ok := d.(interface{ Path() path.Path })
				if !ok { // Terraform would print the line of the attribute, with the secret in it
					got += "the block"
				} else {
					got += strings.TrimPrefix(placed.Path().String(), "object_cache.")
				}
				if strings.Contains(d.Detail()+d.Summary(), "s3cret") {
					t.Errorf("the diagnostic has the secret: %s", d.Detail())
				}
			}
			if got != c.want {
				t.Errorf("at fault: %q, want %q", got, c.want)
			}
		})
	}
}

func TestACacheWhoseLocationIsNotKnownYetIsInMemory(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]object{
		"type":      {"type": unknown{}, "max_size": "1GiB"},
		"directory": {"type": "disk", "directory": unknown{}, "max_size": "1GiB"},
	} {
		s, diags := read(t, object{"object_cache": block}, map[string]string{"NANOGIT_OBJECT_CACHE": "none:"})
		if diags.HasError() || s.cache.kind != cacheMemory || s.cache.config.MaxSize != 0 {
			t.Errorf("%s: got %+v, %v", name, s.cache, diags)
		}
	}
}

func blob(content string) objstore.Object {
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content)), Kind: gitobj.KindBlob, Data: []byte(content)}
}

// unhurried are the times of a guard that a busy machine does not exceed.
var unhurried = objstore.GuardOptions{ReadTimeout: time.Hour, WriteTimeout: time.Hour, CloseTimeout: time.Hour, Rest: time.Hour}

func diskIn(directory string) cacheOptions {
	o := newCacheOptions("disk")
	o.guard = unhurried
	o.config.Settings["directory"] = directory
	return o
}

func openCache(t *testing.T, o cacheOptions) *cache {
	t.Helper()
	c, err := cacheTypes.open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAnEndpointIsAURLOrAHost opens caches without connecting to their servers.
func TestAnEndpointIsAURLOrAHost(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:9000": true, "127.0.0.1:9000": true, "minio.invalid": true,
		"https://key:s3cret@minio.invalid": false, "key:s3cret@minio.invalid": false, "minio.invalid/s3cret/bucket": false,
	} {
		o := newCacheOptions("s3")
		o.config.Settings["bucket"], o.config.Settings["endpoint"] = "b", endpoint
		c, err := cacheTypes.open(t.Context(), o)
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("endpoint %q: %v, want it to be taken: %v", endpoint, err, want)
		}
		if c != nil {
			_ = c.close() // nothing was written
		}
	}
}

// TestTheDiskCacheIsFoundByTheNextProcess opens the cache as two successive processes do.
func TestTheDiskCacheIsFoundByTheNextProcess(t *testing.T) {
	t.Parallel()
	o := diskIn(t.TempDir())
	first := openCache(t, o)
	if err := first.store.Put(t.Context(), []objstore.Object{blob("a"), blob("b")}); err != nil {
		t.Fatal(err)
	}
	first.drain(t.Context())
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	next := openCache(t, o)
	got, err := next.store.Get(t.Context(), []gitobj.ID{blob("a").ID, blob("b").ID})
	if err != nil || !got[0].Held() || !got[1].Held() {
		t.Errorf("got %v, %v", got, err)
	}
	if totals := next.metered.Totals(); totals.Hits != 2 || totals.Gets != 1 {
		t.Errorf("measured %v", totals)
	}
	if w := next.trouble.warnings(); len(w) != 0 {
		t.Errorf("warned: %v", w)
	}
	if err := next.close(); err != nil {
		t.Error(err)
	}
}

func TestTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := openCache(t, diskIn(file))
	if w := c.trouble.warnings(); len(w) != 0 {
		t.Errorf("warned before anything happened: %v", w)
	}
	for range 3 {
		if err := c.store.Put(t.Context(), []objstore.Object{blob("a")}); err != nil {
			t.Errorf("Put: %v", err)
		}
		if got, err := c.store.Get(t.Context(), []gitobj.ID{blob("b").ID}); err != nil || got[0].Held() {
			t.Errorf("Get: %v, %v", got, err)
		}
	}
	w := c.trouble.warnings()
	if len(w) != 1 || w[0].Summary() != troubleSummary || !strings.Contains(w[0].Detail(), file) {
		t.Errorf("warned: %v", w)
	}
	if again := c.trouble.warnings(); len(again) != 0 {
		t.Errorf("warned again: %v", again)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

func TestTroubleHasNoCredentials(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"redis://user:s3%2Fcr%20et@host:6379/0", "postgres://host/db?password=s3%2Fcr+et&sslmode=require", "postgres://user:s3%2Fcr%20et@host/db?sslpassword=s3%2Fcr%20et",
	} {
		tr := newTrouble(redis.Backend, objstore.Config{Settings: map[string]string{"url": raw}})
		tr.add(context.Background(), errors.New("dial "+raw+": refused: s3/cr et"))
		w := tr.warnings()
		if len(w) != 1 || strings.Contains(w[0].Detail(), "s3") || !strings.Contains(w[0].Detail(), "host") {
			t.Errorf("%s: warned %v", raw, w)
		}
	}
}
