using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// A training's whole state at a step: <c>checkpoint-{step}.safetensors</c> with the weights and AdamW averages in fp32, and the
/// rest as JSON in the header, under a digest over everything. Written under a temporary name, flushed to the disk, renamed, the folder
/// flushed; the one before is kept.
/// </summary>
public sealed class TrainingCheckpoint
{
    private const string Format = "lora-functions training checkpoint 2";
    private const string Prefix = "checkpoint-";
    private const string Suffix = ".safetensors";
    private const string Partial = ".partial";
    private const int Kept = 2;
    private const long PieceElements = 64L << 20; // a tensor's bytes are a span, which ends at 2 GiB

    private TrainingCheckpoint(string path, long step, string state) => (Path, Step, State) = (path, step, state);

    public string Path { get; }

    /// <summary>Optimizer steps taken.</summary>
    public long Step { get; }

    internal string State { get; }

    /// <summary>The newest checkpoint by name, unread; null when there is none.</summary>
    public static (string Path, long Step)? Newest(string folder) => Files(folder) is [var first, ..] ? first : null;

    /// <summary>
    /// For before expensive work: whether the newest checkpoint is this run's. Of one without examples only name, options and inputs are
    /// looked at; what is damaged is left to resuming.
    /// </summary>
    /// <exception cref="TrainingCheckpointException">It belongs to another training; every difference is named.</exception>
    public static void CheckBelongsTo(string folder, LoraTrainingRun run)
    {
        if (Newest(folder) is { } newest && TryReadState(newest.Path) is { } state)
        {
            TrainingState.Parse(state).CheckBelongsTo(run, folder);
        }
    }

    /// <summary>
    /// Reads the newest checkpoint that is whole into the tensors. A damaged newer one is set aside as <c>*.damaged</c>.
    /// </summary>
    /// <param name="tensors">Given the state, the tensors to fill, by name; throws where it belongs to another training.</param>
    /// <param name="setAside">Told the path of every damaged file.</param>
    /// <returns>Null when there is no checkpoint at all.</returns>
    /// <exception cref="TrainingCheckpointException">There are checkpoints, but none is whole: training never starts over by itself.</exception>
    internal static TrainingCheckpoint? Resume(
        string folder, Func<string, IReadOnlyDictionary<string, Tensor>> tensors, Action<string, string>? setAside = null)
    {
        foreach (var leftOver in Directory.Exists(folder) ? Directory.GetFiles(folder, Prefix + "*" + Partial) : [])
        {
            Remove(leftOver);
        }

        var files = Files(folder);
        var faults = new List<(string Path, string Reason)>();
        foreach (var (path, step) in files)
        {
            try
            {
                using var file = SafetensorsFile.Open(path);
                var state = Verify(file);
                foreach (var (damaged, reason) in faults)
                {
                    File.Move(damaged, damaged + ".damaged", overwrite: true);
                    setAside?.Invoke(damaged, reason);
                }

                using var noGrad = no_grad();
                foreach (var (name, tensor) in tensors(state))
                {
                    file.ReadInto(name, tensor);
                }

                return new TrainingCheckpoint(path, step, state);
            }
            catch (CheckpointException e)
            {
                faults.Add((path, e.Message));
            }
        }

        return faults.Count == 0 ? null : throw new TrainingCheckpointException(
            $"None of the {faults.Count} checkpoints in {folder} is whole: {string.Join(" ", faults.Select(f => f.Reason))} "
            + "Delete the folder to train from the beginning.");
    }

    /// <exception cref="TrainingCheckpointException">The disk refuses; the checkpoint before is still there.</exception>
    internal static string Save(string folder, long step, string state, IReadOnlyDictionary<string, Tensor> tensors, Func<string, Stream>? create = null)
    {
        var path = System.IO.Path.Combine(folder, Prefix + step.ToString("D8", CultureInfo.InvariantCulture) + Suffix);
        var partial = path + Partial;
        try
        {
            Directory.CreateDirectory(folder);
            var metadata = new Dictionary<string, string>
            {
                ["format"] = Format,
                ["state"] = state,
                ["digest"] = Digest(state, tensors.Keys, name => tensors[name]),
            };
            using (var stream = (create ?? Create)(partial))
            {
                SafetensorsWriter.Write(stream, tensors, metadata);
                stream.Flush();
                (stream as FileStream)?.Flush(flushToDisk: true);
            }

            DurableFile.Rename(partial, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(partial);
            var before = Newest(folder) is { } newest ? $"the last good one is that of step {newest.Step}, {newest.Path}" : "there is none before it";
            throw new TrainingCheckpointException(
                $"The checkpoint of step {step} cannot be written to {folder} ({e.Message}); {before}. Make room there, then start again: training goes on from it.", e);
        }

        foreach (var (old, _) in Files(folder).Where(f => f.Step <= step).Skip(Kept))
        {
            Remove(old);
        }

        return path;
    }

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);

    // A leftover costs room, not correctness.
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static List<(string Path, long Step)> Files(string folder) =>
        [.. (Directory.Exists(folder) ? Directory.GetFiles(folder, Prefix + "*" + Suffix) : [])
            .Select(p => (Path: p, Step: long.TryParse(System.IO.Path.GetFileName(p)[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1))
            .Where(f => f.Step >= 0)
            .OrderByDescending(f => f.Step)];

    private static string? TryReadState(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return Verify(file);
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    private static string Verify(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue("state", out var state) || !file.Metadata.TryGetValue("digest", out var digest) || file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new CheckpointException($"{file.Path}: is no training checkpoint of this version.");
        }

        return Digest(state, file.Entries.Select(e => e.Name), file.ReadTensor) == digest ? state : throw new CheckpointException($"{file.Path}: the content does not match its digest; the file is damaged.");
    }

    /// <param name="read">Gives the tensor of a name; one of its own making goes before the next is asked for.</param>
    private static string Digest(string state, IEnumerable<string> names, Func<string, Tensor> read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(state));
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            var value = read(name);
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{name}/{value.dtype}/{string.Join(',', value.shape)}/")));
            foreach (var piece in value.detach().cpu().contiguous().view(-1).split(PieceElements))
            {
                hash.AppendData(piece.bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A checkpoint cannot be written, read, or belongs to another training; the message is complete for a person.</summary>
public sealed class TrainingCheckpointException : Exception
{
    public TrainingCheckpointException(string message)
        : base(message)
    {
    }

    public TrainingCheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
