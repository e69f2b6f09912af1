package gitwriter_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// inMemory runs a test against a server in memory, in a bubble where waiting takes no time.
func inMemory(t *testing.T, files map[string]string, test func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch), adjust ...func(*writertest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := writertest.NewMemory(t, files)
		adjust = append(adjust, func(o *writertest.Options) { o.Stage.Mode = packstage.Memory })
		b, err := writertest.OpenRemote(t.Context(), t, m, adjust...).Branch(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		test(t, m, b)
	})
}

// write commits a file with "content".
func write(t *testing.T, b *gitqueue.Branch, path string) (gitwriter.Result, error) {
	t.Helper()
	o := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, path, "content")}, writertest.Meta)[0]
	return o.Result(), o.Err
}

func status(reason string) *gitwire.Report {
	return &gitwire.Report{Unpack: "ok", Refs: []gitwire.RefStatus{{Ref: "refs/heads/main", Reason: reason}}}
}

// A push that loses to concurrent commits is made again on their head, and none of theirs is lost.
func TestAPushThatLosesRacesLandsOnTheHead(t *testing.T) {
	t.Parallel()
	for _, races := range []int{1, 2, 3, 12} {
		t.Run(fmt.Sprint(races), func(t *testing.T) {
			t.Parallel()
			inMemory(t, map[string]string{"a": "1"}, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
				lost := 0
				m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
					if lost < races {
						lost++
						m.CommitAsOther(t, map[string]string{fmt.Sprintf("theirs/%d", lost): "x"})
					}
					return nil, nil
				}
				res, err := write(t, b, "dir/ours")
				if err != nil || res.Commit != m.Head() {
					t.Fatalf("%v, %v; the head is %s", res, err, m.Head())
				}
				want := map[string]string{"a": "1", "dir/ours": "content"}
				for i := range races {
					want[fmt.Sprintf("theirs/%d", i+1)] = "x"
				}
				if got := m.Files(); !maps.Equal(got, want) {
					t.Errorf("the branch has %v, want %v", got, want)
				}
				if got := len(m.Parents()); got != races+2 {
					t.Errorf("%d commits, want %d", got, races+2)
				}
			})
		})
	}
}

// While others never stop, the time that options allow ends the pushes, and their number if it is
// set.
func TestEndlessRacesEndWithTheOptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		adjust func(*writertest.Options)
		limit  string
		least  time.Duration
	}{
		"time":   {func(o *writertest.Options) { o.PushTimeout = time.Hour }, "limits.push_timeout", time.Hour},
		"number": {func(o *writertest.Options) { o.MaxPushAttempts, o.PushTimeout = 7, time.Hour }, "limits.max_push_attempts", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inMemory(t, map[string]string{"a": "1"}, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
				n := 0
				m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
					n++
					time.Sleep(time.Minute) // a slow server
					m.CommitAsOther(t, map[string]string{"theirs": fmt.Sprint(n)})
					return nil, nil
				}
				begin := time.Now()
				_, err := write(t, b, "ours")
				if !errors.Is(err, gitwriter.ErrAttempts) || !strings.Contains(err.Error(), c.limit) {
					t.Errorf("got %v, want an error that names %s", err, c.limit)
				}
				if took := time.Since(begin); took < c.least || took > c.least+10*time.Minute {
					t.Errorf("it took %v", took)
				}
				if _, ours := m.Files()["ours"]; ours || c.least == 0 && n != 7 {
					t.Errorf("after %d pushes the branch has %v", n, m.Files())
				}
			}, c.adjust)
		})
	}
}

// The outcome of each kind of answer, and the number of pushes that it takes.
func TestEachAnswerToAPushHasItsOutcome(t *testing.T) {
	t.Parallel()
	refused := func(err error) bool { return errors.Is(err, gitwriter.ErrRefused) }
	for name, c := range map[string]struct {
		answers []func(m *writertest.Memory) (*gitwire.Report, error) // to the first pushes; then pushes are applied
		pushes  int
		failed  func(error) bool // nil for success
	}{
		"accepted": {nil, 1, nil},
		"refused by a hook": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) { return status("pre-receive hook declined"), nil }},
			1, refused,
		},
		"refused while it is unpacked": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) {
				return &gitwire.Report{Unpack: "fsck error in packed object"}, nil
			}},
			1, refused,
		},
		"a lock that is busy": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) { return status("failed to update ref"), nil }},
			2, nil,
		},
		"busy, nothing was done": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) { return nil, writertest.ErrBusy }},
			2, nil,
		},
		"a lasting failure, nothing was done": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) { return nil, errors.New("certificate") }},
			1, func(err error) bool { return strings.Contains(err.Error(), `push to branch "main"`) },
		},
		"applied, and the answer is lost": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) { return nil, writertest.ErrLost }},
			1, nil,
		},
		"not applied, and the answer is lost": {
			[]func(*writertest.Memory) (*gitwire.Report, error){func(*writertest.Memory) (*gitwire.Report, error) {
				return new(gitwire.Report), writertest.ErrLost
			}},
			2, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inMemory(t, map[string]string{"a": "1"}, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
				m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
					if n := m.Pushes(); n < len(c.answers) {
						return c.answers[n](m)
					}
					return nil, nil
				}
				res, err := write(t, b, "ours")
				switch {
				case c.failed != nil:
					if err == nil || !c.failed(err) || m.Files()["ours"] != "" {
						t.Errorf("%v; the branch has %v", err, m.Files())
					}
				case err != nil || res.Commit != m.Head() || m.Files()["ours"] != "content":
					t.Errorf("%v, %v; the head is %s", res, err, m.Head())
				}
				if m.Pushes() != c.pushes {
					t.Errorf("%d pushes, want %d", m.Pushes(), c.pushes)
				}
			})
		})
	}
}

// A push that was applied while its answer was lost is found below somebody else's commit, also
// where that commit changed our path again.
func TestALostAnswerBelowAForeignCommitIsFound(t *testing.T) {
	t.Parallel()
	for name, theirs := range map[string]map[string]string{"elsewhere": {"theirs": "x"}, "at our path": {"ours": "theirs"}} {
		for begin, files := range map[string]map[string]string{"with a head": {"a": "1"}, "first commit": nil} {
			t.Run(name+", "+begin, func(t *testing.T) {
				t.Parallel()
				inMemory(t, files, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
					var ours string
					m.OnPush = func(p gitwire.Push) (*gitwire.Report, error) {
						if ours != "" {
							return nil, nil
						}
						ours = p.Commands[0].New.String()
						return nil, writertest.ErrLost
					}
					m.AfterPush = func() {
						m.AfterPush = nil
						m.CommitAsOther(t, theirs)
					}
					res, err := write(t, b, "ours")
					if err != nil || res.Commit.String() != ours {
						t.Errorf("%v, %v; want commit %s", res, err, ours)
					}
					if n := m.Pushes(); n != 1 {
						t.Errorf("%d pushes, want one: the change is there", n)
					}
				})
			})
		}
	}
}

// A refused lock is repeated a bounded number of times.
func TestABusyLockIsTriedAgainAFewTimes(t *testing.T) {
	t.Parallel()
	inMemory(t, map[string]string{"a": "1"}, func(t *testing.T, m *writertest.Memory, b *gitqueue.Branch) {
		m.OnPush = func(gitwire.Push) (*gitwire.Report, error) { return status("failed to update ref"), nil }
		waits := 0
		m.OnWait = func(int) { waits++ }
		_, err := write(t, b, "ours")
		if !errors.Is(err, gitwriter.ErrRefused) || m.Pushes() != 6 || waits != 5 {
			t.Errorf("%v after %d pushes and %d waits", err, m.Pushes(), waits)
		}
	})
}
