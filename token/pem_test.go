package token

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Made with openssl 3: genpkey -algorithm ed25519, and pkey -pubout.
const (
	opensslSecret = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICRSj546KMDsoRg7FtBFTo5u8DpHUyZFVrA3Aq7Fwcun
-----END PRIVATE KEY-----
`
	opensslPublic = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAeQe61j5iNLxbMSuCYprVpeyNG2Fy+aNBiL4Xg646WZA=
-----END PUBLIC KEY-----
`
	rsaPublic = `-----BEGIN PUBLIC KEY-----
MDwwDQYJKoZIhvcNAQEBBQADKwAwKAIhALJiPFX1LA7gK3b3bDKUeYoW2jVLkVqT
pFlFvbmsxLKTAgMBAAE=
-----END PUBLIC KEY-----
`
)

func TestKeysAreThoseOfOpenSSL(t *testing.T) {
	k, err := ParseSecretKey([]byte(opensslSecret))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParsePublicKeys([]byte(opensslPublic))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(k.PEM()); got != opensslSecret {
		t.Errorf("the secret key becomes %s", got)
	}
	if got := string(keys[0].PEM()); got != opensslPublic {
		t.Errorf("the public key becomes %s", got)
	}
	if k.ID() != keys[0].ID() || string(k.Public().PEM()) != opensslPublic {
		t.Errorf("%v and %v are not a pair", k, keys[0])
	}
}

func TestKeyFilesThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		name, file, says string
	}{
		{"empty", "", "no key"},
		{"text", "hello\n", "no key"},
		{"a damaged block", opensslPublic + strings.Replace(opensslPublic, "MCow", "MC=w", 1), "block 2 is damaged"},
		{"a block without an end", opensslPublic[:60], "block 1 is damaged"},
		{"a certificate", "-----BEGIN CERTIFICATE-----\nMCow\n-----END CERTIFICATE-----\n", `block 1 is "CERTIFICATE"`},
		{"an RSA key", opensslPublic + rsaPublic, "block 2 is no Ed25519 key"},
		{"a public key as a secret one", strings.ReplaceAll(opensslPublic, "PUBLIC", "PRIVATE"), "block 1 is no Ed25519 key"},
	} {
		if _, err := ParsePublicKeys([]byte(tt.file)); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	for _, file := range []string{"", opensslPublic, opensslSecret + opensslSecret} {
		if _, err := ParseSecretKey([]byte(file)); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%q as a secret key: %v", file, err)
		}
	}
}

func TestNoVerbPrintsTheSecret(t *testing.T) {
	k := testKey(t, 0x5A)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c"} {
		for _, v := range []any{k, &k, []SecretKey{k}} {
			s := fmt.Sprintf(verb, v)
			if strings.Contains(strings.ToLower(s), "5a5a") || strings.Contains(s, "90, 90") || strings.Contains(s, "90 90") || strings.Contains(s, "ZZ") {
				t.Errorf("%s: %s", verb, s)
			}
		}
	}
}

// folder is a directory of keys.
type folder struct {
	t   *testing.T
	dir string
	n   int
}

// put writes a file; each time it looks changed.
func (f *folder) put(name string, content []byte) {
	f.t.Helper()
	f.n++
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, noon.Add(time.Duration(f.n)*time.Minute)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) remove(name string) {
	f.t.Helper()
	if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
		f.t.Fatal(err)
	}
}

func TestADirectoryOfKeysRotates(t *testing.T) {
	old, next := testKey(t, 1), testKey(t, 2)
	f := &folder{t: t, dir: t.TempDir()}
	f.put("old.pem", old.Public().PEM())
	f.put("README", []byte("not a key"))
	var told []string
	keys, err := OpenKeyFiles(f.dir, noon, func(ring *KeyRing, err error) {
		told = append(told, fmt.Sprintf("%d keys, failed %v", len(ring.IDs()), err != nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, keys)
	now := noon
	check := func(step string, after time.Duration, wantOld, wantNext error, says ...string) {
		t.Helper()
		now = now.Add(after)
		told = nil
		for _, tt := range []struct {
			k    SecretKey
			want error
		}{{old, wantOld}, {next, wantNext}} {
			if _, err := v.Verify(sign(t, tt.k, valid()), now, remote); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v: %v, want %v", step, tt.k, err, tt.want)
			}
		}
		if fmt.Sprint(told) != fmt.Sprint(says) {
			t.Errorf("%s: it tells %q, want %q", step, told, says)
		}
	}
	check("at first", 0, nil, ErrKey)
	f.put("next.pem", next.Public().PEM())
	check("before a second has gone by", time.Second-1, nil, ErrKey)
	check("with the new one", 1, nil, nil, "2 keys, failed false")
	check("nothing has changed", time.Second, nil, nil)
	f.put("next.pem", []byte("half written"))
	check("a file that cannot be used", time.Second, nil, nil, "2 keys, failed true")
	check("still", time.Second, nil, nil)
	f.put("next.pem", next.PEM())
	f.remove("old.pem")
	check("the old one is taken away", time.Second, ErrKey, nil, "1 keys, failed false")
	f.remove("next.pem")
	check("nothing is left", time.Second, ErrKey, nil, "1 keys, failed true")
	check("nothing is left for a while", time.Second, ErrKey, nil)
	f.put("old.pem", old.Public().PEM())
	check("the old one is back", time.Second, nil, ErrKey, "1 keys, failed false")
	f.put("next.pem", next.Public().PEM())
	check("the clock is set back", -time.Hour, nil, nil, "2 keys, failed false")
}

func TestPathsWithoutKeys(t *testing.T) {
	f := &folder{t: t, dir: t.TempDir()}
	f.put("large", bytes.Repeat([]byte("#"), maxKeyFile+1))
	f.put("text", []byte("hello"))
	for name, says := range map[string]string{"": "no file that ends in .pem", "absent": "no such file", "large": "65537 bytes", "text": "no key"} {
		if _, err := OpenKeyFiles(filepath.Join(f.dir, name), noon, nil); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", name, err, says)
		}
	}
	f.put("pair.pem", append(testKey(t, 1).PEM(), testKey(t, 2).Public().PEM()...))
	keys, err := OpenKeyFiles(filepath.Join(f.dir, "pair.pem"), noon, nil)
	if err != nil || len(keys.Keys(noon).IDs()) != 2 {
		t.Errorf("a file with two keys: %v, %v", keys, err)
	}
}
