def check(repository): return "todo"
