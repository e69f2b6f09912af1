package gitwire

import "fmt"

// TooManyObjects ends a response that was to have at most Fetch.MaxObjects objects.
type TooManyObjects struct {
	Count int // the number that the server had found by then
}

// Error names the number of objects.
func (e *TooManyObjects) Error() string {
	return fmt.Sprintf("the server has found %d objects to send, more than are wanted", e.Count)
}

// progress returns the reader of band 2 of the response, or nil where nothing reads it.
func (f Fetch) progress() func([]byte) error {
	if f.MaxObjects == 0 {
		return nil
	}
	return (&counting{most: f.MaxObjects}).read
}

// counting finds, in the progress that a server reports, the number of objects that it is going to
// send:
//
//	Enumerating objects: 2222, done.             git, before anything else
//	Counting objects: 2222, done                 JGit, and git before 2.18
//	Counting objects:  50% (1111/2222)           git: a share, which is no number of objects
//
// These are words for people: the response of a server that words them differently is read to its
// end, as without the limit.
type counting struct {
	most  int
	words int // the number of bytes of afterWords that matched so far
	n     int // the number behind them, as far as it was read
	digit bool
}

const afterWords = "ing objects: "

// read takes the next piece of text. Numbers grow while a server counts, so each is a lower bound
// of the final number.
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
