package githubapi_test

import (
	"net/url"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
)

func TestWhereTheAPIIs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://github.com/o/r.git":         "https://api.github.com",
		"https://GitHub.com:443/o/r.git":     "https://api.github.com",
		"https://octo.ghe.com/o/r":           "https://api.octo.ghe.com",
		"https://git.example.com/o/r":        "https://git.example.com/api/v3",
		"https://git.example.com:8443/o/r":   "https://git.example.com:8443/api/v3",
		"http://127.0.0.1:1234/o/r":          "http://127.0.0.1:1234/api/v3",
		"https://github.com.evil.example/or": "https://github.com.evil.example/api/v3",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := githubapi.URL(u); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
