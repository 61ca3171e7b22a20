using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>How a stage is trained; the defaults of each stage are its own.</summary>
public sealed record PretrainingOptions
{
    /// <summary>Holds caches, states, the log, sheets and the models; made when missing.</summary>
    public required string Folder { get; init; }

    /// <summary>In all, over every run; null: the stage's own.</summary>
    public int? Steps { get; init; }

    /// <summary>After so long the state is saved and the run ends; null: only when it is done.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>The run ends after so many steps of its own; null: only when the stage is done.</summary>
    public int? StepsOfThisRun { get; init; }

    /// <summary>Unseen pictures that the stage is measured on; null: the stage's own number.</summary>
    public int? Measured { get; init; }

    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromMinutes(5);

    public int Seed { get; init; } = 1;

    /// <summary>A diffusers folder of the same shape to start the UNet from, with its VAE and text encoder; null: from the stage before.</summary>
    public string? From { get; init; }

    /// <summary>Different pictures in the training data.</summary>
    public int Pictures { get; init; } = 30_000;

    /// <summary>Of the UNet's stages: every so many steps is one of two cars side by side.</summary>
    public int TwoCarsEvery { get; init; } = 3;
}

/// <summary>What a run came to.</summary>
/// <param name="Measure">The stage's own: dB, share of right labels, or held-out loss.</param>
/// <param name="Passed">The gate to the next stage.</param>
public sealed record PretrainingResult(string Stage, long Step, bool Finished, double Measure, bool Passed, string Sentence);

/// <summary>What all stages share: their files, their clock and their log of JSON lines.</summary>
internal sealed class PretrainingRun(string stage, PretrainingOptions options, IProgress<string>? progress)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan saved;
    private TimeSpan logged;
    private int steps;
    private double sum;
    private int count;

    public string Stage => stage;

    public PretrainingOptions Options => options;

    public string StatePath => At($"{stage}.state.safetensors");

    public string BaseFolder => At("base");

    /// <summary>bf16 where the processor computes in it; elsewhere it is slower than fp32 by orders of magnitude.</summary>
    public static ScalarType NetworkType { get; } =
        X86Base.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 ? ScalarType.BFloat16 : ScalarType.Float32;

    public string At(string name)
    {
        Directory.CreateDirectory(options.Folder);
        return Path.Combine(options.Folder, name);
    }

    /// <summary>Whether the run goes on to another step.</summary>
    public bool GoesOn(long step, int stageSteps, CancellationToken cancellationToken) =>
        step < stageSteps && !cancellationToken.IsCancellationRequested
        && !(clock.Elapsed >= options.Time) && !(steps >= options.StepsOfThisRun);

    public bool ShouldSave()
    {
        if (clock.Elapsed - saved < options.SaveEvery)
        {
            return false;
        }

        saved = clock.Elapsed;
        return true;
    }

    public void Say(string line) => progress?.Report(line);

    /// <summary>Keeps a step's loss; every 50th writes their mean.</summary>
    public void Log(long step, long samples, double loss, double rate)
    {
        sum += loss;
        count++;
        steps++;
        if (step % 50 == 0)
        {
            Write(new { stage, step, samples, loss = Math.Round(sum / count, 5), rate = Math.Round(rate, 7), seconds = Math.Round(clock.Elapsed.TotalSeconds, 1) });
            Say($"{stage} step {step}: loss {sum / count:0.0000}, {(clock.Elapsed - logged).TotalSeconds / count:0.00} s a step");
            (sum, count, logged) = (0, 0, clock.Elapsed);
        }
    }

    /// <summary>What a held-out measurement said.</summary>
    public void LogMeasure(long step, string measure, double value)
    {
        Write(new { stage, step, measure, value = Math.Round(value, 5) });
        Say($"{stage} step {step}: {measure} {value:0.0000}");
    }

    public void WriteSheet(string name, IReadOnlyList<RgbImage> pictures, int columns)
    {
        int rows = (pictures.Count + columns - 1) / columns;
        (int width, int height) = (pictures[0].Width, pictures[0].Height);
        var sheet = new RgbImage(columns * width, rows * height);
        foreach ((int i, RgbImage picture) in pictures.Index())
        {
            for (int y = 0; y < height; y++)
            {
                picture.Pixels.AsSpan(y * width * 3, width * 3)
                    .CopyTo(sheet.Pixels.AsSpan((((((i / columns) * height) + y) * sheet.Width) + (i % columns * width)) * 3));
            }
        }

        File.WriteAllBytes(At(name), ImageCodec.EncodePng(sheet));
    }

    private void Write(object line) => File.AppendAllText(At("log.jsonl"), JsonSerializer.Serialize(line) + "\n");
}
