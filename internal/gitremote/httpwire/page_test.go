package httpwire

import (
	"strings"
	"testing"
)

func TestPageText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"tags go", "<html><head><title>502 Bad\n Gateway</title></head><body><center><h1>502</h1></center></body>", "502 Bad Gateway 502"},
		{"scripts and styles go", "<STYLE>a{}</style>x<script>if (1<2) alert()</SCRIPT>y", "x y"},
		{"comments go", "a<!-- <b>no</b> -->b", "a b"},
		{"entities", "a &amp; b&nbsp;&lt;c&gt;", "a & b <c>"},
		{"open ends", "a<b", "a"},
		{"an open script", "a<script>b", "a"},
		{"an open comment", "a<!--b", "a"},
		{"long", strings.Repeat("word ", 100), strings.Repeat("word ", 7) + "wor …"},
	} {
		if got := pageText(tt.in, 42); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzPageTitle(f *testing.F) {
	f.Add("<html><head><title>a</title></head><h1>b</h1>")
	f.Add("<TITLE\xe1\xba\x9e</title><h1>\x00")
	f.Fuzz(func(t *testing.T, page string) {
		if s := pageTitle(page, 200); len(s) > 300 || strings.ContainsAny(s, "\n\r\x00") {
			t.Errorf("%q became %q", page, s)
		}
	})
}
