using System.Globalization;
using System.Security.Cryptography;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Safetensors;
using LoraFunctions.Jobs;
using Spectre.Console;

namespace LoraFunctions.Cli.Models;

/// <summary>Tells a person what model files hold, from their headers; a LoRA's weights are read too.</summary>
internal static class ModelInspection
{
    /// <summary>Metadata longer than this (tag lists) is cut unless asked for.</summary>
    private const int ShownMetadata = 100;

    /// <summary>WebUI's "Model hash": the first digits of the file's SHA-256.</summary>
    private const int ShortHashLength = 10;

    public static void Print(CliConsole console, string path, bool fullMetadata)
    {
        var files = FilesOf(path);
        foreach (var file in files)
        {
            using var opened = SafetensorsFile.Open(file);
            if (opened.Entries.Any(e => e.Name.Contains("lora", StringComparison.OrdinalIgnoreCase)))
            {
                PrintLora(console, opened);
            }
            else
            {
                PrintCheckpoint(console, opened);
            }

            PrintMetadata(console, opened.Metadata, fullMetadata);
        }
    }

    private static IReadOnlyList<string> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new InvalidJobInputException($"{path}: there is no such file or folder (looked for {Path.GetFullPath(path)}).");
        }

        var files = Directory.EnumerateFiles(path, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw new InvalidJobInputException($"{path}: the folder holds no .safetensors file.");
    }

    private static void PrintLora(CliConsole console, SafetensorsFile file)
    {
        using var lora = LoraFile.Load(file.Path);
        var facts = Facts(file, $"LoRA for {lora.OtherBase ?? "Stable Diffusion 1.5"}");
        AddFact(facts, "short hash", lora.ShortHash!);
        if (lora.Metadata.TryGetValue(LoraFile.ModelHashKey, out var stored))
        {
            AddFact(
                facts,
                "stored hash",
                stored == lora.ModelHash
                    ? "matches the weights"
                    : $"{stored} does not match the weights: the file was changed after it was written");
        }

        AddFact(facts, "network dim", lora.Metadata.GetValueOrDefault("ss_network_dim", "not stated"));
        AddFact(facts, "network alpha", lora.Metadata.GetValueOrDefault("ss_network_alpha", "not stated"));
        AddFact(facts, "parameters", Number(lora.ParameterCount));
        console.Out.Write(facts);

        var table = NewTable("part", "kind of layer", "modules", "rank", "alpha", "scale", "parameters");
        foreach (
            var group in lora
                .Modules.GroupBy(m => (Part: m.Layer.Part, Kind: LayerKind(m.Layer.Path)))
                .OrderBy(g => g.Key.Part)
                .ThenBy(g => g.Key.Kind, StringComparer.Ordinal))
        {
            AddRow(
                table,
                group.Key.Part == LoraPart.Unet ? "UNet" : "text encoder",
                group.Key.Kind,
                Number(group.Count()),
                Distinct(group.Select(m => (double)m.Rank)),
                Distinct(group.Select(m => m.Alpha)),
                Distinct(group.Select(m => m.Scale)),
                Number(group.Sum(m => m.ParameterCount)));
        }

        console.Out.Write(table);
    }

    private static void PrintCheckpoint(CliConsole console, SafetensorsFile file)
    {
        var facts = Facts(file, CheckpointKind.Of(file));
        string sha256;
        using (var stream = File.OpenRead(file.Path))
        {
            sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        AddFact(facts, "SHA-256", sha256);
        AddFact(facts, "model hash", sha256[..ShortHashLength]);
        console.Out.Write(facts);

        var table = NewTable("part", "tensors", "parameters", "precision", "size");
        foreach (var group in file.Entries.GroupBy(e => CheckpointKind.PartOf(e.Name)).OrderByDescending(g => g.Sum(e => e.ByteCount)))
        {
            AddRow(
                table,
                group.Key,
                Number(group.Count()),
                Number(group.Sum(e => e.ElementCount)),
                string.Join(", ", group.Select(e => e.Dtype.ToString()).Distinct().Order(StringComparer.Ordinal)),
                Bytes(group.Sum(e => e.ByteCount)));
        }

        console.Out.Write(table);
    }

    private static void PrintMetadata(CliConsole console, IReadOnlyDictionary<string, string> metadata, bool full)
    {
        if (metadata.Count == 0)
        {
            console.Line("  no metadata");
            return;
        }

        var table = NewTable("metadata", "value");
        foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            AddRow(
                table,
                key,
                full || value.Length <= ShownMetadata
                    ? value
                    : $"{value[..ShownMetadata]}... ({value.Length} characters; --metadata prints all)");
        }

        console.Out.Write(table);
    }

    /// <summary>The last names of the path, numbers left out: <c>attn1.to_q</c>, <c>ff.net.proj</c>, <c>self_attn.q_proj</c>.</summary>
    private static string LayerKind(string path)
    {
        var names = path.Split('.').Where(n => !int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _)).ToArray();
        var from =
            Array.FindLastIndex(
                names,
                n => n is "transformer_blocks" or "attentions" or "resnets" or "layers" or "downsamplers" or "upsamplers"
            ) + 1;
        return string.Join('.', names[Math.Min(from, names.Length - 1)..]);
    }

    private static Grid Facts(SafetensorsFile file, string kind)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn();
        AddFact(grid, "file", file.Path);
        AddFact(grid, "kind", kind);
        AddFact(grid, "size", $"{Bytes(file.Length)}, {file.Entries.Count} tensors");
        AddFact(
            grid,
            "precision",
            string.Join(", ", file.Entries.Select(e => e.Dtype.ToString()).Distinct().Order(StringComparer.Ordinal)));
        return grid;
    }

    private static void AddFact(Grid grid, string name, string value) => grid.AddRow(new Text(name), new Text(value));

    private static Table NewTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column));
        }

        return table;
    }

    private static void AddRow(Table table, params string[] cells) => table.AddRow(cells.Select(c => new Text(c)));

    private static string Distinct(IEnumerable<double> values) =>
        string.Join(", ", values.Distinct().Order().Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long value) =>
        value switch
        {
            < 1_000 => $"{value} B",
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.0} kB"),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.00} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.00} GB"),
        };
}
