package filecontent

import (
	"strings"
	"testing"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

func TestAnLFSPointerIsReadAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	const oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
	for name, c := range map[string]struct {
		blob string
		want LFSPointer
		ok   bool
	}{
		"a pointer":                   {pointer, LFSPointer{oid, 12345}, true},
		"with an extension":           {strings.Replace(pointer, "oid", "ext-0-foo sha256:"+oid+"\noid", 1), LFSPointer{oid, 12345}, true},
		"of an empty file":            {strings.Replace(pointer, "12345", "0", 1), LFSPointer{oid, 0}, true},
		"without its last line break": {strings.TrimSuffix(pointer, "\n"), LFSPointer{oid, 12345}, true},
		"another hash":                {strings.Replace(pointer, "sha256:", "sha512:", 1), LFSPointer{}, false},
		"a hash that is cut":          {strings.Replace(pointer, oid, oid[1:], 1), LFSPointer{}, false},
		"capital letters":             {strings.Replace(pointer, oid, strings.ToUpper(oid), 1), LFSPointer{}, false},
		"a negative size":             {strings.Replace(pointer, "12345", "-1", 1), LFSPointer{}, false},
		"no size":                     {strings.Replace(pointer, "size 12345\n", "", 1), LFSPointer{}, false},
		"no oid":                      {strings.Replace(pointer, "oid sha256:"+oid+"\n", "", 1), LFSPointer{}, false},
		"text":                        {"hello\n", LFSPointer{}, false},
		"a large file":                {pointer + strings.Repeat("x", 1024), LFSPointer{}, false},
	} {
		got, ok := ParseLFSPointer([]byte(c.blob))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, ok, c.want, c.ok)
		}
	}
}

func FuzzLFSPointer(f *testing.F) {
	f.Add([]byte(pointer))
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\nsize 9\n"))
	f.Fuzz(func(t *testing.T, blob []byte) {
		p, ok := ParseLFSPointer(blob)
		if ok && (len(p.OID) != 64 || p.Size < 0 || !IsLFSPointer(blob)) {
			t.Errorf("%q is read as %+v", blob, p)
		}
	})
}
