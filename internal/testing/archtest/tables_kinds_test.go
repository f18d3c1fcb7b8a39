package archtest

import (
	"strings"
	"testing"
)

// TestTables_EveryKindOfStatementIsSeen shows the rule one statement each, in a package that owns no table.
func TestTables_EveryKindOfStatementIsSeen(t *testing.T) {
	const writtenTo, read, unnamed = "want elections written by elections only", "want elections read by elections", "want a table named where it is used"
	for name, kind := range map[string]struct{ code, want string }{
		"INSERT":                       {"run(`INSERT INTO elections (title) VALUES ($1)`)", writtenTo},
		"INSERT OR IGNORE":             {"run(`INSERT OR IGNORE INTO elections (title) VALUES ($1)`)", writtenTo},
		"REPLACE":                      {"run(`REPLACE INTO elections (title) VALUES ($1)`)", writtenTo},
		"UPDATE":                       {"run(`UPDATE elections SET title = $1`)", writtenTo},
		"UPDATE OR IGNORE":             {"run(`UPDATE OR IGNORE main.elections SET title = $1`)", writtenTo},
		"DELETE":                       {"run(`DELETE FROM \"elections\"`)", writtenTo},
		"small letters":                {"run(`delete from elections`)", writtenTo},
		"after WITH":                   {"run(`WITH r AS (SELECT 1)\n\tINSERT INTO elections (title) SELECT 1 FROM r`)", writtenTo},
		"a sum of texts":               {"run(`DELETE ` + from + ` WHERE id = $1`)", writtenTo},
		"Sprintf":                      {"run(fmt.Sprintf(`DELETE FROM %s WHERE id IN (%s)`, target, strings.Repeat(`?`, 3)))", writtenTo},
		"Sprintf with indexes":         {"run(fmt.Sprintf(`UPDATE %[2]s SET title = '%[1]s'`, strings.Repeat(`?`, 3), target))", writtenTo},
		"a table left open":            {"run(fmt.Sprintf(`DELETE FROM %s`, strings.Repeat(`x`, 3)))", unnamed},
		"an open end":                  {"run(`UPDATE ` + strings.Repeat(`x`, 3))", unnamed},
		"FROM":                         {"run(`SELECT 1 FROM elections`)", read},
		"JOIN":                         {"run(`SELECT 1 FROM r LEFT JOIN elections e ON true`)", read},
		"a list of tables":             {"run(`SELECT 1 FROM r AS x, elections e WHERE true`)", read},
		"a query in a query":           {"run(`SELECT (SELECT max(id) FROM elections) FROM r`)", read},
		"GORM Where":                   {"db.Where(`id IN (SELECT id FROM elections)`)", read},
		"GORM Joins":                   {"db.Joins(`JOIN elections ON true`)", read},
		"GORM Table":                   {"db.Table(`elections AS e`).Take(&[]int{})", read},
		"GORM Create":                  {"db.Create(&row{})", writtenTo},
		"GORM Save of several":         {"db.Save([]*row{})", writtenTo},
		"GORM Delete":                  {"db.Where(`id = 1`).Delete(&row{})", writtenTo},
		"GORM Updates of a model":      {"db.Model(&row{}).Where(`id = 1`).Updates(map[string]any{})", writtenTo},
		"GORM Update of a table":       {"db.Table(target).Where(`id = 1`).Update(`title`, ``)", writtenTo},
		"GORM Find":                    {"var rows []row; db.Find(&rows)", read},
		"GORM writes an unnamed table": {"db.Create(&other{})", unnamed},
		"GORM reads an unnamed table":  {"db.First(&other{})", unnamed},
		"GORM Exec":                    {"db.Exec(`DELETE FROM elections`)", writtenTo},
	} {
		t.Run(name, func(t *testing.T) {
			text := "package pages\n\nimport (\"fmt\"; \"strings\"; \"gorm.io/gorm\")\n\nconst target, from = `elections`, `FROM elections`\n\n" +
				"var _, _ = fmt.Sprint(), strings.ToLower(``)\n\ntype row struct{ ID int64 }\n\nfunc (row) TableName() string { return target }\n\n" +
				"type other struct{ ID int64 }\n\nfunc run(string) {}\n\nfunc code(db *gorm.DB) {\n" + kind.code + "\n}\n"
			found := judge([]typed{written(t, "web/pages", "web/pages/store.go", text)})
			at := "web/pages/store.go:18: " // where the code is
			if !strings.Contains(strings.Join(found, "\n"), at+kind.want) {
				t.Errorf("want %q, found %q", at+kind.want, found)
			}
		})
	}
}
