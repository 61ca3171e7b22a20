using System.Globalization;
using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Listings;
using LoraFunctions.Showroom.Tests.Listings;

namespace LoraFunctions.Benchmarks.Images;

/// <summary><c>gate [shots] [CLIP]</c>: how blur, near duplicates and what only CLIP can say are found on drawings whose truth is known; exit code 1 below the bars.</summary>
internal static class GateBenchmark
{
    private const double LeastRecall = 0.95;
    private const double MostFalseAlarms = 0.03;
    private const double LeastPrecision = 0.995;

    public static void Run(string[] arguments)
    {
        var shots = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 60;
        Clip(shots, arguments.Length > 1 ? arguments[1] : ShowroomModels.Clip);
        if (!(Blur([.. GateTrials.Blur(shots)]) & Copies([.. GateTrials.Copies(shots)])))
        {
            Environment.ExitCode = 1;
        }
    }

    private static bool Blur(BlurTrial[] trials)
    {
        Line("blur: kind", "files", "rejected", "least", "median", "most");
        foreach (var kind in trials.GroupBy(trial => (trial.Kind, trial.Textured)).OrderBy(kind => kind.Key.Textured).ThenBy(kind => kind.Key.Kind, StringComparer.Ordinal))
        {
            var blurs = kind.Select(trial => trial.Verdict.Blur ?? double.PositiveInfinity).Order().ToArray();
            Line(
                $"{kind.Key.Kind}, {(kind.Key.Textured ? "full of things" : "as drawn")}", $"{blurs.Length}", Percent(kind.Count(trial => !trial.Verdict.Accepted), blurs.Length),
                Two(blurs[0]), Two(blurs[blurs.Length / 2]), Two(blurs[^1]));
        }

        var recall = Share(trials.Where(trial => trial.Blurred), trial => trial.Found);
        var alarms = Share(trials.Where(trial => !trial.Blurred), trial => !trial.Verdict.Accepted);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recall {recall:p1} (at least {LeastRecall:p0}), false alarms {alarms:p1} (at most {MostFalseAlarms:p0})\n"));
        return recall >= LeastRecall && alarms <= MostFalseAlarms;
    }

    private static bool Copies(CopyTrial[] trials)
    {
        Line("same shot: kind", "pairs", "found", "by PDQ", "least", "most");
        foreach (var kind in trials.GroupBy(trial => trial.Kind))
        {
            Line(
                kind.Key, $"{kind.Count()}", Percent(kind.Count(trial => trial.Found), kind.Count()), Percent(kind.Count(trial => trial.PdqDistance <= Pdq.DefaultMaxDistance), kind.Count()),
                $"{kind.Min(trial => trial.Agreement):f3}", $"{kind.Max(trial => trial.Agreement):f3}");
        }

        var recall = Share(trials.Where(trial => trial.SameShot), trial => trial.Found);
        var precision = Share(trials.Where(trial => trial.Found), trial => trial.SameShot);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recall {recall:p1} (at least {LeastRecall:p0}), precision {precision:p2} (at least {LeastPrecision:p1})"));
        return recall >= LeastRecall && precision >= LeastPrecision;
    }

    // No bar: the demo's CLIP has seen drawn cars only, and knows hardly any of the questions' words. A real one is asked by its folder.
    private static void Clip(int shots, string folder)
    {
        var gate = LabelTableReader.Read("infra/config/labels.yaml").Gate;
        var trials = ClipGateTrials.Run(folder, gate, shots).ToLookup(trial => trial.Defect);
        Console.WriteLine($"the gate's questions to {folder}, {shots} drawn shots: probability against the photo, and what is found where no good photo is lost");
        Line("question", "good", "most", "spoilt", "ranked", "found");
        foreach (var (defect, question) in ClipGateTrials.Asked)
        {
            double[] good = [.. trials[DemoDefect.None].Select(trial => trial.Of(question)).Order()];
            double[] spoilt = [.. trials[defect].Select(trial => trial.Of(question))];
            Line(
                question, Two(good[good.Length / 2]), Two(good[^1]), Two(spoilt.Order().ElementAt(spoilt.Length / 2)),
                Percent(spoilt.Sum(bad => good.Count(fine => fine < bad)), good.Length * spoilt.Length), Percent(spoilt.Count(bad => bad > good[^1]), spoilt.Length));
        }

        var pairs = trials[DemoDefect.None].SelectMany(one => trials[DemoDefect.None].Where(other => other.Shot < one.Shot).Select(other => Cosine(one, other))).Order().ToArray();
        var same = trials[DemoDefect.NearDuplicate].Select(copy => Cosine(copy, trials[DemoDefect.None].Single(shot => shot.Shot == copy.Shot))).ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"same scene: cosines of other shots {pairs[pairs.Length / 2]:f3} (most {pairs[^1]:f4}), of shots cut closer {same.Order().ElementAt(same.Length / 2):f4}; found where none is taken for another: {(double)same.Count(cosine => cosine > pairs[^1]) / same.Length:p1}\n"));
    }

    private static double Cosine(ClipGateTrial one, ClipGateTrial other) => one.Embedding.Zip(other.Embedding, (a, b) => (double)a * b).Sum();

    private static double Share<T>(IEnumerable<T> trials, Func<T, bool> which) => trials.Average(trial => which(trial) ? 1.0 : 0.0);

    private static void Line(string kind, params string[] columns) => Console.WriteLine($"{kind,-36}{string.Concat(columns.Select(column => $"{column,10}"))}");

    private static string Percent(int part, int all) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / all:f1} %");

    private static string Two(double value) => value.ToString("f2", CultureInfo.InvariantCulture);
}
