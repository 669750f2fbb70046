import { expect, test } from "vitest";
import { isDangerous } from "./dangerous.js";

/** Scripts that the reference (0.169.0) asks about inside a read-only sandbox under `on-request`. */
const asked = [
  "rm -rf /",
  "rm -fr x",
  "rm -Rf x",
  "rm --force x",
  "rm x -f",
  "rm -vf x",
  "/bin/rm -f x",
  "./rm -f x",
  "sudo rm -f x",
  "ls && rm -f x",
  "if true; then rm -f x; fi",
  "echo $(rm -f x)",
  "(rm -f x)",
  'rm -f "$X"',
  "rm -f $X",
  'r""m -f x',
  "'rm' -f x",
  "env rm -f x",
  "env A=1 rm -f x",
  "env -i rm -f x",
  "sudo env rm -f x",
  "bash -c 'rm -f x'",
  "bash -lc 'rm -f x'",
  "sh -c 'rm -f x'",
  "bash -c 'bash -c \"rm -f x\"'",
  "rm -f x > /dev/null",
  "rm -f x &",
  "for i in a; do rm -f $i; done",
  "while false; do rm -f x; done",
  "f() { rm -f x; }; f",
  "cat <<EOF | rm -f x\na\nEOF",
  "cat <<EOF\n$(rm -f x)\nEOF",
  "rm -f",
  "A=1 rm -f x",
  "rm $F -f",
  'rm "-f" x',
  "cat `rm -f x`",
  "cat <(rm -f x)",
  "[[ -n $(rm -f x) ]]",
  "! rm -f x",
  "case a in a) rm -f x;; esac",
  "{ rm -f x; }",
  "ls; rm -rf x || true",
  "trap 'rm -f x' EXIT",
  "trap -- 'rm -f x' EXIT",
];

test.each(asked)("%j is dangerous", (script) => {
  expect(isDangerous(script)).toBe(true);
});

/** Scripts that it does not ask about, but we do. */
test.each([
  "\\rm -f x",
  "command rm -f x",
  "exec rm -f x",
  "nohup rm -f x",
  "time rm -f x",
  "doas rm -f x",
  "sudo -n rm -f x",
  "bash -ec 'rm -f x'",
  "if then rm -f x",
  "rm -f 'a",
])("%j is dangerous to us", (script) => {
  expect(isDangerous(script)).toBe(true);
});

test.each([
  "rm -r x",
  "rm -- -f",
  "rm --forc x",
  "sudo ls",
  "git reset --hard",
  "git clean -fd",
  "git rm -f x",
  "dd if=/dev/zero of=x",
  "X=rm; $X -f x",
  "xargs rm -f",
  "find . -exec rm -f {} +",
  "eval rm -f x",
  "echo 'rm -f x'",
  "unlink x",
  "mv x y",
  "$(echo rm) -f x",
])("%j is not", (script) => {
  expect(isDangerous(script)).toBe(false);
});

test("scripts nested without end are given up, not followed", () => {
  expect(isDangerous("env ".repeat(100_000))).toBe(false);
  expect(() => isDangerous("(".repeat(100_000))).not.toThrow();
  expect(() => isDangerous("$(".repeat(20_000))).not.toThrow();
});
