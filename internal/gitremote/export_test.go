package gitremote

import "context"

// Answered waits until every request that was begun for ctx and not used yet has an answer, or has
// failed.
func Answered(ctx context.Context) {
	p, _ := ctx.Value(preparationKey{}).(*preparation)
	for _, o := range p.begun {
		<-o.answered
	}
}
