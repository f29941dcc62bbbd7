package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"qingshan/app"
	"qingshan/fault"
	"qingshan/lang"
)

// console is where a command writes: what was asked for to out, everything else to err.
type console struct {
	out io.Writer
	err io.Writer
}

// globals are the flags that every command takes.
type globals struct {
	Dir     string `help:"Data folder (SQLite stores, qingshan.yaml). 数据目录" default:"./data" placeholder:"FOLDER"`
	DB      string `help:"PostgreSQL URL instead of SQLite in the folder. PostgreSQL 地址" placeholder:"URL" name:"db"`
	Catalog string `help:"Folder with the county's own catalog, laid over the standard one. 县级目录" placeholder:"FOLDER"`
	Lang    string `help:"Language of what is printed: zh or en; by default the environment's. 语言" placeholder:"zh|en"`
	Verbose bool   `help:"Log to standard error. 输出日志" short:"v"`
}

// commands is the command tree; each command's Run is in the file of its name.
type commands struct {
	globals
	Init       initCmd       `cmd:"" help:"Set up an installation: county, towns, administrator, address, database, certificate, service. 安装向导"`
	Demo       demoCmd       `cmd:"" help:"Send the demonstration year through the door and compare with what the town published. 演示"`
	Serve      serveCmd      `cmd:"" help:"Serve the API. 启动服务"`
	Figures    figuresCmd    `cmd:"" help:"Show figures for a place and a period. 查看指标"`
	Verdicts   verdictsCmd   `cmd:"" help:"Judge figures and claims by the catalog's guards, with the arithmetic. 可信度校核"`
	Explain    explainCmd    `cmd:"" help:"List the records behind a figure. 指标溯源"`
	Briefing   briefingCmd   `cmd:"" help:"Write a briefing of a place and a period, every number with its source. 生成简报"`
	Publish    publishCmd    `cmd:"" help:"Freeze figures as they are counted now, signed. 发布指标"`
	Revise     reviseCmd     `cmd:"" help:"Sign what a published figure is counted to be now, for a reason. 修订已发布的指标"`
	Published  publishedCmd  `cmd:"" help:"List what was published, or show one with what came since. 查看已发布的指标"`
	Verify     verifyCmd     `cmd:"" help:"Read every book again and check every entry, proof and checkpoint. 校验账本"`
	Checkpoint checkpointCmd `cmd:"" help:"Print the books' signed checkpoints, to be kept elsewhere. 输出检查点"`
	Rebuild    rebuildCmd    `cmd:"" help:"Drop everything that follows from the entries, replay, and compare. 重建"`
	Backup     backupCmd     `cmd:"" help:"Bring the backup in a folder up to the present, while the installation runs. 备份"`
	Restore    restoreCmd    `cmd:"" help:"Put a backup into an empty installation, or prove that it can be. 恢复"`
	Upgrade    upgradeCmd    `cmd:"" help:"Go over to this program and catalog: migrate, build new views beside the old, compare every figure, switch. 升级"`
	Doctor     doctorCmd     `cmd:"" help:"Say what is wrong with the installation and what to do. 体检"`
	Witness    witnessCmd    `cmd:"" help:"Keep other installations' checkpoints, and say which history was changed. 见证"`
	Token      tokenCmd      `cmd:"" help:"Issue, list and revoke API tokens. 令牌"`
	Erase      eraseCmd      `cmd:"" help:"Erase a person's personal values in every book. 删除个人信息"`
	Quarantine quarantineCmd `cmd:"" help:"See to what devices sent and the catalog could not accept. 处理隔离件"`
	Config     configCmd     `cmd:"" help:"Print the effective configuration, without secrets. 查看配置"`
	Version    versionCmd    `cmd:"" help:"Print the version. 版本"`
}

// exited carries kong's wish to end the program through its callbacks.
type exited int

// run parses the command line, runs the command and gives the exit status: 0 done, 1 the answer is no, 2 misuse,
// 3 nobody could be asked.
func run(ctx context.Context, args []string, c console) (status int) {
	defer func() {
		if code, ok := recover().(exited); ok {
			status = int(code)
		}
	}()
	var tree commands
	parser, err := kong.New(&tree, kong.Name("qingshan"), kong.Writers(c.out, c.err), kong.UsageOnError(),
		kong.Description("青山 · the working system of a township: record once in the field, every figure opens down to its evidence."),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(c.err, err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "qingshan: %v\n  qingshan --help\n", err)
		return 2
	}
	if err := parsed.Run(&tree.globals, c, &tree); err != nil {
		explainFault(c.err, tree.language(), err)
		return statusOf(err)
	}
	return 0
}

// statusOf tells a command line that cannot be meant (2) from an answer that is no (1).
func statusOf(err error) int {
	f := fault.Of(err)
	if f.Code == "witness.unseen" {
		return 3
	}
	area, _, _ := strings.Cut(f.Code, ".")
	if f.Kind == fault.Invalid && slices.Contains([]string{"query", "token", "erase", "setup", "witness"}, area) {
		return 2
	}
	return 1
}

// language gives the language to print in: the flag, else the environment's.
func (g *globals) language() string {
	word := g.Lang
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if word == "" {
			word = os.Getenv(name)
		}
	}
	if strings.HasPrefix(word, "zh") {
		return lang.Chinese
	}
	return lang.English
}

// sentences gives the sentences of the language to print in.
func (g *globals) sentences() (func(code string, data map[string]string) string, error) {
	all, err := lang.Load()
	if err != nil {
		return nil, err
	}
	language := g.language()
	return func(code string, data map[string]string) string { return all.Say(language, code, data) }, nil
}

// config gives the effective configuration: file, environment, flags, the later over the earlier.
func (g *globals) config() (app.Config, error) {
	cfg, err := app.LoadConfig(g.Dir)
	if err != nil {
		return cfg, err
	}
	if g.DB != "" {
		cfg.DB = g.DB
	}
	if g.Catalog != "" {
		cfg.Catalog = g.Catalog
	}
	return cfg, nil
}

func (g *globals) logger(c console) *slog.Logger {
	level := slog.LevelWarn
	if g.Verbose {
		level = slog.LevelInfo
	}
	return logTo(c.err, level)
}

// logTo logs a JSON object a line, from a level on.
func logTo(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
}

// open opens the installation for a command that changes something.
func (g *globals) open(ctx context.Context, c console) (*app.App, error) {
	return g.openAs(ctx, c, app.Options{})
}

// look opens the installation for a command that only reads.
func (g *globals) look(ctx context.Context, c console) (*app.App, error) {
	return g.openAs(ctx, c, app.Options{Reading: true})
}

func (g *globals) openAs(ctx context.Context, c console, o app.Options) (*app.App, error) {
	cfg, err := g.config()
	if err != nil {
		return nil, err
	}
	o.Log = g.logger(c)
	return app.Open(ctx, cfg, o)
}

// explainFault prints what happened and what to do next.
func explainFault(out io.Writer, language string, err error) {
	f := fault.Of(err)
	sentences, broken := lang.Load()
	if broken != nil {
		fmt.Fprintf(out, "qingshan: %v (%v)\n", err, broken)
		return
	}
	if f.Kind == fault.Internal {
		fmt.Fprintf(out, "qingshan: %v\n", err)
		return
	}
	fmt.Fprintln(out, "qingshan: "+sentences.Say(language, f.Code, f.Data))
	if hint := sentences.Hint(language, f.Code, f.Data); hint != "" {
		fmt.Fprintln(out, "  "+hint)
	}
	if f.Err != nil {
		fmt.Fprintf(out, "  (%v)\n", err)
	}
}

type versionCmd struct{}

// Run prints the version that the build was given, else what the module and revision say.
func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "qingshan "+buildVersion())
	return err
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	if version == "" {
		return "dev"
	}
	return version
}

type configCmd struct{}

// Run prints the configuration that the other commands would use.
func (configCmd) Run(g *globals, c console) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	text, err := cfg.YAML()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "# dir: %s\n%s", cfg.Dir, text)
	return err
}
