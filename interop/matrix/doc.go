// Package matrix tests one session over all transports at once.
package matrix
