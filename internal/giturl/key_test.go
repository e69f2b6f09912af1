package giturl

import "testing"

func TestSpellingsOfARepositoryHaveOneKey(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{
			"https://host.example/org/r", "https://HOST.example/org/r.git", "https://host.example:443/org/r/", "http://host.example:80/org/r",
			"ssh://git@host.example/org/r.git", "git@host.example:org/r.git", "git@host.example:/org/r", "ssh://host.example:22/org/r",
		},
		{"http://127.0.0.1:8080/r.git", "http://127.0.0.1:8080/r"},
		{"https://host.example/org/r2"},
		{"https://host.example/Org/r"}, // some hosts tell the cases of a path apart
		{"https://host.example:8443/org/r"},
		{"ssh://git@host.example:2222/org/r"},
		{"file:///srv/r.git", "/srv/r.git", "file:///srv/r.git/"},
		{"/srv/r"}, // a directory of its own
	} {
		for _, other := range same[1:] {
			if Key(other) != Key(same[0]) {
				t.Errorf("%s has the key %q, %s has %q: want the same", other, Key(other), same[0], Key(same[0]))
			}
		}
		for _, foreign := range []string{"https://host.example/other/r", "https://other.example/org/r", "/srv/other"} {
			if Key(foreign) == Key(same[0]) {
				t.Errorf("%s and %s have one key", foreign, same[0])
			}
		}
	}
}
