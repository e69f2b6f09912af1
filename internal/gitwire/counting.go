package gitwire

import "fmt"

// TooManyObjects ends an answer that was to have no more than Fetch.MaxObjects.
type TooManyObjects struct {
	Count int // what the server had found by then
}

func (e *TooManyObjects) Error() string {
	return fmt.Sprintf("the server has found %d objects to send, more than are wanted", e.Count)
}

// progress is what reads band 2 of the answer; nil if nothing does.
func (f Fetch) progress() func([]byte) error {
	if f.MaxObjects == 0 {
		return nil
	}
	return (&counting{most: f.MaxObjects}).read
}

// counting finds in what a server tells of its progress how many objects it is going to send:
//
//	Enumerating objects: 2222, done.             git, before anything else
//	Counting objects: 2222, done                 JGit, and git before 2.18
//	Counting objects:  50% (1111/2222)           git: a share, which is no number of objects
//
// These are words for people: whoever words them differently is read to the end, as without them.
type counting struct {
	most  int
	words int // how much of afterWords was read
	n     int // the number that stands there, as far as it was read
	digit bool
}

const afterWords = "ing objects: "

// read takes the next piece of text. Numbers grow while a server counts, so that each is one that
// it has found at least.
func (c *counting) read(text []byte) error {
	for _, b := range text {
		switch {
		case c.words == len(afterWords) && b >= '0' && b <= '9':
			c.digit, c.n = true, min(c.n*10+int(b-'0'), 1<<30)
			continue
		case c.words == len(afterWords) && b == ' ' && !c.digit: // aligned to the right
			continue
		case c.digit && b != '%' && c.n > c.most:
			return &TooManyObjects{Count: c.n}
		}
		c.digit, c.n = false, 0
		switch {
		case c.words < len(afterWords) && b == afterWords[c.words]:
			c.words++
		case b == afterWords[0]:
			c.words = 1
		default:
			c.words = 0
		}
	}
	return nil
}
