using System.Globalization;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Tests.Listings;

namespace LoraFunctions.Benchmarks.Images;

/// <summary><c>gate [shots]</c>: how blur and near duplicates are found on drawings whose truth is known; exit code 1 below the bars.</summary>
internal static class GateBenchmark
{
    private const double LeastRecall = 0.95;
    private const double MostFalseAlarms = 0.03;
    private const double LeastPrecision = 0.995;

    public static void Run(string[] arguments)
    {
        var shots = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 60;
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

    private static double Share<T>(IEnumerable<T> trials, Func<T, bool> which) => trials.Average(trial => which(trial) ? 1.0 : 0.0);

    private static void Line(string kind, params string[] columns) => Console.WriteLine($"{kind,-36}{string.Concat(columns.Select(column => $"{column,10}"))}");

    private static string Percent(int part, int all) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / all:f1} %");

    private static string Two(double value) => value.ToString("f2", CultureInfo.InvariantCulture);
}
