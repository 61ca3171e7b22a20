using System.CommandLine;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Kohya;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora config import</c>: another trainer's TOML to our YAML.</summary>
internal static class ConfigImportCommand
{
    public static Command Create(CliConsole console)
    {
        var files = new Argument<string[]>("toml") { Description = "The training's TOML, and its data set's if that is another file.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--out") { Description = "The YAML. [default: printed]" };
        var root = new Option<string?>("--root") { Description = "Folder the other tool was started in, where its relative paths begin. [default: the current folder]" };
        var captions = new Option<bool>("--captions") { Description = "Also write metadata.csv from the caption files beside the photos." };
        var command = new Command("import", "Make a training YAML of a TOML of kohya's sd-scripts or of lora-scripts.") { files, output, root, captions };
        command.SetAction(parsed =>
        {
            var target = parsed.GetValue(output);
            if (target is not null && Path.Exists(target))
            {
                throw new InvalidJobInputException($"--out: {target} is there already; give another name, or move it away.");
            }

            if (target is not null)
            {
                WholeFile.ThrowIfUnwritable(target);
            }

            var result = KohyaImport.Import(parsed.GetRequiredValue(files), new KohyaImportOptions
            {
                Root = parsed.GetValue(root),
                YamlFolder = target is null ? null : Path.GetDirectoryName(Path.GetFullPath(target)),
                WriteCaptions = parsed.GetValue(captions),
            });
            foreach (var warning in result.Warnings)
            {
                console.Error.WriteLine($"lora: warning: {warning}");
            }

            if (target is null)
            {
                console.Out.Profile.Out.Writer.Write(result.Yaml);
                return ExitCodes.Success;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
            WholeFile.Write(target, result.Yaml);
            console.Line($"{target}: written; not as in the other tool, and named in it: {result.Warnings.Count}");
            if (result.MetadataPath is { } metadata)
            {
                console.Line($"{metadata}: the captions");
            }

            console.Line($"Train with: lora train --config {target}{(result.Name is { } name ? $" --name {name}" : "")}");
            return ExitCodes.Success;
        });
        return command;
    }
}
