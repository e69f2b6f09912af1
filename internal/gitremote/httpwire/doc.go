// Package httpwire makes the requests to a Git repository over HTTP(S).
//
//	gitremote ──► Advertise  GET /info/refs ─┐
//	          ──► Exchange   POST ───────────┤ probe: an empty push before a large one, to find out the credentials
//	          ──► Prepare    POST, the body  │ Auth: credentials with each request, to this origin only
//	                         comes later     │ send ──► *http.Transport of the Pool ──► server
//	                                         │ 301 to 308: again at the new address on the same origin
//	                                         │ 401: again with other credentials (Renewer)
//	gitremote ◄── Response ◄── 200 ──────────┤
//	          ◄── *Error ◄──── other statuses┘ the table of statuses, with the words of pages and of JSON
//
// The proxies of the environment are used; an error tells a proxy's refusal from the server's.
package httpwire
