using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// <c>showroom speed|labels|corrections|base [count] [folder]</c>: what the drawn world costs and what the small models make of it, against known truth.
/// Scenes are numbered far away from those that were trained on.
/// </summary>
internal static class ShowroomBenchmark
{
    private const int Unseen = 20_000_000;
    private const int Width = 192;
    private const int Height = 144;
    private const string Table = "infra/config/demo/labels.yaml";

    public static void Run(string[] arguments)
    {
        string what = arguments.Length > 0 ? arguments[0] : "labels";
        int? count = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : null;
        string? folder = arguments.Length > 2 ? arguments[2] : null;
        switch (what)
        {
            case "speed":
                Speed(count ?? 400);
                break;
            case "labels":
                Labelling(count ?? 500, folder ?? ShowroomModels.Clip);
                break;
            case "corrections":
                Corrections(count ?? 500, folder ?? ShowroomModels.Clip);
                break;
            case "base":
                Base(count ?? 100, folder ?? ShowroomModels.BaseModel);
                break;
            default:
                throw new ArgumentException($"'{what}' is none of speed, labels, corrections, base.", nameof(arguments));
        }
    }

    private static void Speed(int count)
    {
        foreach ((int width, int height, int pictures) in new[] { (Width, Height, count), (768, 576, Math.Max(4, count / 16)) })
        {
            var clock = Stopwatch.StartNew();
            Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, half =>
            {
                var renderer = new SceneRenderer();
                for (int i = half; i < pictures; i += 2)
                {
                    renderer.Draw(SceneSampler.Sample(Unseen + i), width, height);
                }
            });
            Console.WriteLine($"{width}x{height}: {pictures / clock.Elapsed.TotalSeconds:f0} pictures a second on two threads");
        }
    }

    private static void Labelling(int count, string clipFolder)
    {
        using ClipModel clip = ClipModel.Load(clipFolder);
        Console.WriteLine($"labels of {count} unseen listing photos, as {Table} asks\n{ModelTrials.Label(count, clip, LabelTableReader.Read(Table))}");
        Console.WriteLine($"every question, without abstaining\n{ModelTrials.Label(count, clip, ModelTrials.AllQuestions)}");
    }

    /// <summary>What 50 corrected pictures change on so many untouched ones, group by group.</summary>
    private static void Corrections(int untouched, string clipFolder)
    {
        const int corrected = 50;
        Console.WriteLine($"errors on {untouched} untouched pictures, by CLIP alone and after {corrected} corrected ones, by seeds; in brackets those of the corrected, each asked as if it were not");
        foreach (int seed in new[] { 0, 1, 2 })
        {
            foreach (CorrectionTrial trial in CorrectionTrials.Run(clipFolder, [CorrectionTrials.TradeNames, .. Labels.All], corrected, untouched, seed))
            {
                Console.WriteLine($"  {seed} {trial.Group,-10} {trial.Before,4} -> {trial.After,4} of {trial.Asked,4}  ({trial.Learnt.ErrorsBefore,2} -> {trial.Learnt.ErrorsAfter,2})");
            }
        }
    }

    private static void Base(int count, string folder)
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(folder);
        using ClipModel clip = ClipModel.Load(ShowroomModels.Clip);
        (ModelTrials.Tally judges, ModelTrials.Tally one, ModelTrials.Tally two) = ModelTrials.Draw(count, model, clip);
        Console.WriteLine($"the judges on {count} drawn pictures through the VAE\n{judges}");
        Console.WriteLine($"{count} pictures of one car by the base model\n{one}");
        Console.WriteLine($"wide pictures of two cars by the base model, plain prompt\n{two}");
    }
}
