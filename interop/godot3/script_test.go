package godot3

import (
	"testing"
)

func TestScriptsAndTheirResults(t *testing.T) {
	e := Start(t, "engine")
	for _, test := range []struct{ name, source, want string }{
		{"a number", "return 6 * 7", "42"},
		{"a negative 32-bit number", "return -2147483648", "-2147483648"},
		{"a truth value", "return peer == null", "true"},
		{"text with marks of its own", `return "a \"b\" \\ ä €\n"`, `"a \"b\" \\ ä €\n"`},
		{"bytes as hex, at any depth", "return [PoolByteArray([0, 255]), {\"a\": PoolByteArray()}]", `["00ff",{"a":""}]`},
		{"nothing", "", "null"},
		{"several lines of an indented literal", `
			var sum = 0
			for i in range(4):
				sum += i

			return sum`, "6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.Within(t)
			if got := e.Run(test.source); got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestScriptErrorsFailTheTest(t *testing.T) {
	Find(t)
	for _, test := range []struct {
		name string
		run  func(*Engine)
		says []string
	}{
		{
			"a script that does not compile is shown with the place",
			func(e *Engine) { e.Run("var a = 1\nvar b = = 2") },
			[]string{"does not compile", "Parse Error", "built-in:3", "   3  var b = = 2"},
		},
		{
			"a script that fails while running is not taken for one that returns null",
			func(e *Engine) { e.Run("var nobody = null\nnobody.speak()\nreturn 1") },
			[]string{"script error", "Nonexistent function 'speak'", "built-in>:3", "   3  nobody.speak()"},
		},
		{
			"a script that yields has no result",
			func(e *Engine) { e.Run("yield(agent, \"idle_frame\")\nreturn 1") },
			[]string{"must return"},
		},
		{
			"a result of another type is named",
			func(e *Engine) { e.Run(`return "seven"`).Int() },
			[]string{`returned "seven"`, "int"},
		},
		{
			"null is not a number",
			func(e *Engine) { e.Run("pass").Int() },
			[]string{"returned null"},
		},
		{
			"an error after the answer is reported at the end",
			func(e *Engine) {
				// Past Run, which would see the error first. The second answer
				// comes a frame after the first.
				for range 2 {
					if _, err := e.control.ask("agent.peer = 5", nil, e.patience); err != nil {
						e.t.Fatalf("ask: %v", err)
					}
				}
			},
			[]string{"script error outside of a request"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			tryOut(t, func(t testing.TB) { test.run(Start(t, "engine")) }).mustFail(t, test.says...)
		})
	}
}

func TestIndentationOfTheLiteralIsRemoved(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"one line", "return 1", "return 1"},
		{"shared indentation goes, the rest stays", "\n\t\tif a:\n\t\t\treturn 1\n\t\treturn 2\n\t\t", "if a:\n\treturn 1\nreturn 2"},
		{"empty lines do not count", "\n\tvar a\n\n\treturn a\n", "var a\n\nreturn a"},
		{"the first line at the margin", "if a:\n\treturn 1", "if a:\n\treturn 1"},
		{"nothing at all", " \n\t\n", "pass"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := body(test.source); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
