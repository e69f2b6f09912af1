package gittest

import (
	"maps"
	"net"
	"slices"
	"sync/atomic"
)

// Request describes a request that the server has served.
type Request struct {
	Service  string // [InfoRefs], [UploadPack], [ReceivePack], or "" for anything else
	Command  string // as in [Fault]
	Path     string // of the URL
	Protocol string // the HTTP version, "HTTP/1.1" or "HTTP/2.0"
	Scheme   string // of the Authorization header: "Basic", "Bearer", "" for none
	Username string // of Basic credentials
	Status   int    // of the answer; 0 if the connection was dropped before it
	Faulty   bool   // a [Fault] happened to it
	BytesIn  int64  // of the request's body, as sent
	BytesOut int64  // of the answer's body
}

// Traffic is the sum over some requests.
type Traffic struct {
	Requests          int
	BytesIn, BytesOut int64 // of bodies
}

// Stats counts the traffic of a server since it started or [Server.ResetStats].
type Stats struct {
	Requests          int
	Connections       int                // accepted
	BytesIn, BytesOut int64              // on the wire: headers, framing and TLS included
	ByService         map[string]Traffic // by [Request].Service
	PeakResponse      int64              // the largest answer's body, in bytes
	Log               []Request          // in the order in which they ended
}

// Stats returns the counts so far. Requests that are still served are not in it, but their bytes on
// the wire are.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.ByService = maps.Clone(st.ByService)
	st.Log = slices.Clone(st.Log)
	st.Connections = int(s.conns.Load())
	st.BytesIn, st.BytesOut = s.bytesIn.Load(), s.bytesOut.Load()
	return st
}

// ResetStats sets all counts to zero. A connection that is open already is not counted again.
func (s *Server) ResetStats() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats = Stats{}
	s.conns.Store(0)
	s.bytesIn.Store(0)
	s.bytesOut.Store(0)
}

func (s *Server) count(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &s.stats
	if st.ByService == nil {
		st.ByService = map[string]Traffic{}
	}
	st.Requests++
	t := st.ByService[r.Service]
	t.Requests++
	t.BytesIn += r.BytesIn
	t.BytesOut += r.BytesOut
	st.ByService[r.Service] = t
	st.PeakResponse = max(st.PeakResponse, r.BytesOut)
	st.Log = append(st.Log, r)
}

// MostRead estimates how many bytes of all answers' bodies a client has read, where it hung up on
// the largest answer after reading `after` bytes of it. The server counts the bytes that it wrote;
// those of the largest answer beyond `after` were in the buffers of the operating system, and the
// client never read them.
func (s Stats) MostRead(after int64) (bytes int64) {
	largest := int64(0)
	for _, r := range s.Log {
		largest = max(largest, r.BytesOut)
		bytes += r.BytesOut
	}
	return bytes - max(largest-after, 0)
}

// countingListener counts connections and the bytes on them.
type countingListener struct {
	net.Listener
	conns, in, out *atomic.Int64
}

// Accept counts the connection and returns it with its bytes counted.
func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.conns.Add(1)
	return countingConn{c, l.in, l.out}, nil
}

type countingConn struct {
	net.Conn
	in, out *atomic.Int64
}

// Read counts the bytes from the client.
func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Add(int64(n))
	return n, err
}

// Write counts the bytes to the client.
func (c countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	return n, err
}
