using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using LoraFunctions.Jobs;
using static TorchSharp.torch;

namespace LoraFunctions.Cli.Weights;

/// <summary>What several of the commands take, and how LoRA files are opened and written by all of them.</summary>
internal static class WeightsOptions
{
    private const string HalfPrecision = "fp16";

    private static readonly SortedDictionary<string, ScalarType> Precisions = new(StringComparer.Ordinal)
    {
        ["bf16"] = ScalarType.BFloat16,
        [HalfPrecision] = ScalarType.Float16,
        ["fp32"] = ScalarType.Float32,
    };

    private static readonly SortedDictionary<string, LoraFormat> Formats =
        new(Enum.GetValues<LoraFormat>().ToDictionary(f => f.ToString().ToLowerInvariant()), StringComparer.Ordinal);

    public static Option<string> Out(string description) => new("--out") { Description = description, Required = true };

    /// <param name="whenMissing">Said in the help; a missing option is null.</param>
    public static Option<string?> Precision(string whenMissing)
    {
        var option = new Option<string?>("--precision") { Description = $"Of the written weights: {string.Join(", ", Precisions.Keys)}. [default: {whenMissing}]" };
        option.AcceptOnlyFromAmong([.. Precisions.Keys]);
        return option;
    }

    public static Option<string> Format()
    {
        var option = new Option<string>("--format")
        {
            Description = $"Names of a written LoRA's tensors: {string.Join(", ", Formats.Keys)}.",
            DefaultValueFactory = _ => nameof(LoraFormat.Kohya).ToLowerInvariant(),
        };
        option.AcceptOnlyFromAmong([.. Formats.Keys]);
        return option;
    }

    public static ScalarType? PrecisionOf(string? name) => name is null ? null : Precisions[name];

    /// <summary>Opens every file.</summary>
    /// <param name="found">What is wrong besides, to be told together.</param>
    /// <exception cref="InvalidJobInputException">What is wrong with any of them, behind what was found.</exception>
    public static LoraWeights[] Load(IReadOnlyList<string> paths, params IEnumerable<string> found)
    {
        var loaded = new List<LoraWeights>();
        var problems = found.ToList();
        foreach (var path in paths)
        {
            try
            {
                loaded.Add(LoraFile.Load(path));
            }
            catch (Exception exception) when (exception is CheckpointException or LoraException)
            {
                problems.Add(exception.Message);
            }
        }

        if (problems.Count == 0)
        {
            return [.. loaded];
        }

        loaded.ForEach(l => l.Dispose());
        throw new InvalidJobInputException(problems);
    }

    /// <summary>Writes the LoRA and says what it is.</summary>
    public static void Save(CliConsole console, LoraWeights weights, string path, string? precision, string format)
    {
        ThrowIfAny(FileProblems(path));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var name = Path.GetFileNameWithoutExtension(path);
        var metadata = new Dictionary<string, string>(weights.Metadata, StringComparer.Ordinal) { ["ss_output_name"] = name, ["modelspec.title"] = name };
        var hash = LoraFile.Save(path, weights, new LoraSaveOptions
        {
            Format = Formats[format],
            Precision = PrecisionOf(precision) ?? LoraSaveOptions.DefaultPrecision,
            Metadata = metadata,
        });
        var (rank, alpha) = (metadata.GetValueOrDefault("ss_network_dim", "?"), metadata.GetValueOrDefault("ss_network_alpha", "?"));
        console.Line($"{path}: {weights.Modules.Count} modules, rank {rank}, alpha {alpha}, {precision ?? HalfPrecision}, short hash {hash[..12]}");
    }

    /// <summary>What resizing has left of the updates.</summary>
    public static void PrintKept(CliConsole console, IReadOnlyList<LoraResizedModule> modules)
    {
        var (mean, least) = (modules.Average(m => m.FrobeniusKept), modules.Min(m => m.FrobeniusKept));
        console.Line(string.Create(CultureInfo.InvariantCulture, $"  of the updates' norm {mean:p1} is kept on average, {least:p1} at least"));
    }

    /// <summary>Why a LoRA cannot be written there: at most one reason.</summary>
    /// <param name="inputs">Files and folders that are read.</param>
    public static IEnumerable<string> FileProblems(string path, params IEnumerable<string> inputs)
    {
        var problem = Directory.Exists(path) ? "is a folder; name a .safetensors file"
            : !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? "must end in .safetensors, which every tool goes by"
            : inputs.Any(i => IsOrLiesIn(path, i)) ? "is one of the files read; give another name"
            : File.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) ? "would lie below a file; name a folder"
            : null;
        return problem is null ? Unwritable(path) : [$"--out: {path} {problem}."];
    }

    /// <summary>Why a model cannot be read: it is not there.</summary>
    public static IEnumerable<string> ModelProblems(Option option, string? path) =>
        path is null || Path.Exists(path)
            ? []
            : [$"{option.Name}: there is nothing at {Path.GetFullPath(path)}; give a .safetensors file or a diffusers folder."];

    /// <exception cref="InvalidJobInputException">There is at least one problem.</exception>
    public static void ThrowIfAny(params IEnumerable<string> problems)
    {
        if (problems.ToArray() is { Length: > 0 } found)
        {
            throw new InvalidJobInputException(found);
        }
    }

    /// <summary>Why a merged model cannot be written there: a folder would be called like a file, or lie in the base model.</summary>
    public static IEnumerable<string> MergedModelProblems(string path, string baseModel)
    {
        var problem = !Directory.Exists(baseModel) || Path.GetFullPath(path) == Path.GetFullPath(baseModel) ? null
            : path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
                ? "is called like a file, but the base is a folder and so is the result; name a folder"
            : IsOrLiesIn(path, baseModel) ? "lies in the base model; name a folder outside of it"
            : null;
        return problem is null ? Unwritable(Directory.Exists(baseModel) ? Path.Combine(path, "model_index.json") : path) : [$"--out: {path} {problem}."];
    }

    private static IReadOnlyList<string> Unwritable(string path)
    {
        var problems = new Problems();
        WholeFile.CheckWritable(path, problems);
        return [.. problems.Lines.Select(p => $"--out: {p}")];
    }

    private static bool IsOrLiesIn(string path, string input)
    {
        var (inner, outer) = (Path.GetFullPath(path), Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)));
        return inner == outer || (Directory.Exists(outer) && inner.StartsWith(outer + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }
}
