using System.Globalization;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly;

/// <summary>What a night on a folder of cars would do, and how long it would take on this machine.</summary>
internal sealed class LocalForecast(LocalConfiguration configuration, LocalModels models, TrainingConfiguration training)
{
    public void Say(PhotoSurvey survey, Action<string> say)
    {
        say($"Base model: {models.BaseModel}{(models.IsSmall ? " (a small one; it and its CLIP have seen drawn cars only; --base-model takes a real Stable Diffusion)" : "")}");
        say(models.LabelsPhotos
            ? $"Captions: by {models.Names.Clip}"
            : "Captions: name and features only; --clip takes a CLIP that looks at the photos");
        say($"Configuration: {configuration.Summary(models)} ({configuration.Folder})");
        using StepTime time = StepTime.Load(models.BaseModel);
        var trainings = survey.Trainable.Select(car => (Car: car, Training: time.Training(car.Photos, training))).ToList();
        foreach (var (car, one) in trainings)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"  training of {car.DisplayName}: {one.Steps} steps at most, {Text(one.Takes)}"));
        }

        ComparisonForecast pairs = ComparisonForecast.Of(
            File.ReadAllBytes(configuration.Source(BlobNames.Comparisons, models)),
            File.ReadAllBytes(configuration.Source(BlobNames.BrandSafety, models)),
            [.. survey.Trainable.Select(car => new ForecastCar(car.ModelKey, car.Vehicle))]);
        foreach (ForecastPair pair in pairs.Pairs)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"  {pair.Left} vs {pair.Right}: {pair.Pictures} pictures of {pair.Width}x{pair.Height}"));
        }

        foreach (var problem in pairs.LeftOut)
        {
            say($"  left out: {problem.Subject}: {problem.Reason}");
        }

        TimeSpan all = trainings.Aggregate(TimeSpan.Zero, (sum, one) => sum + one.Training.Takes)
            + pairs.Pairs.Aggregate(TimeSpan.Zero, (sum, pair) => sum + (time.Picture(pair.Width, pair.Height, pair.Steps) * pair.Pictures));
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"In all {trainings.Count} trainings and {pairs.Pairs.Sum(pair => pair.Pictures)} pictures: {Text(all)} on this machine, as it computes now, and nothing but its time; what is done already is not done again."));
    }

    private static string Text(TimeSpan time) =>
        time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"about {time.TotalHours:0.0} hours")
        : time.TotalMinutes <= 1 ? "about a minute"
        : string.Create(CultureInfo.InvariantCulture, $"about {Math.Ceiling(time.TotalMinutes):0} minutes");
}
