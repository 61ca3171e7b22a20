using System.Globalization;
using LoraFunctions.Cli.Costs;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Cli.Nightly;

/// <summary>What a night on a storage would do, how long it would take and what it would cost.</summary>
/// <param name="gpuPrice">Of one GPU an hour; null: not known.</param>
internal sealed class StorageForecast(CliConsole console, NightlyOptions options, double? gpuPrice)
{
    public void Say(NightForecast forecast)
    {
        console.Line($"{forecast.Listings.Count} listings are new or changed");
        foreach (PlannedListing listing in forecast.Listings)
        {
            console.Line($"  {listing.ListingId} ({listing.Vehicle.DisplayName})");
        }

        foreach (ForecastModel model in forecast.Models)
        {
            console.Line($"{model.DisplayName}: {model.Photos} photos{(model.NewPhotos > 0 ? $" and {model.NewPhotos} new ones for the gate" : "")}: "
                + (model.Reason is { } reason ? $"not trained, {reason}" : "trained, if the gate lets enough of them through"));
        }

        foreach (ForecastPair pair in forecast.Pairs)
        {
            console.Line($"  {pair.Left} vs {pair.Right}: {pair.Pictures} pictures of {pair.Width}x{pair.Height}");
        }

        foreach (ReportedProblem problem in forecast.Problems)
        {
            console.Line($"  left out: {problem.Subject}: {problem.Reason}");
        }

        ForecastModel[] trained = [.. forecast.Models.Where(model => model.IsTrained)];
        TimeSpan takes = forecast.TrainingTime * Math.Ceiling(trained.Length / (double)options.MaxTrainingsAtOnce);
        string measured = forecast.IsMeasured ? "as the newest took" : "Nightly:TrainingTime; none has been measured yet";
        int pictures = forecast.Pairs.Sum(pair => pair.Pictures);
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{trained.Length} trainings, {pictures} pictures. The trainings take about {takes.TotalHours:0.0} hours at {forecast.TrainingTime.TotalMinutes:0.#} minutes each ({measured}) on {options.MaxTrainingsAtOnce} GPU workers; a night has {(options.Deadline - options.Start - options.RenderingTime).TotalHours:0.0} for them."));
        double photos = trained.Sum(model => (double)model.Photos + model.NewPhotos);
        CostTable.Print(console, NightCost.Tonight(new NightWork(
            trained.Length,
            forecast.Models.Sum(model => model.NewPhotos),
            photos,
            pictures,
            forecast.TrainingTime.TotalSeconds,
            string.Create(CultureInfo.InvariantCulture, $"{trained.Length} x {forecast.TrainingTime.TotalSeconds:0} s ({measured})"),
            NightCost.PictureSeconds(forecast.TrainingTime, trained.Length == 0 ? options.MinPhotos : photos / trained.Length),
            options.MaxTrainingsAtOnce,
            (options.Deadline - options.Start).TotalHours,
            gpuPrice)));
        if (gpuPrice is null)
        {
            console.Line("--gpu-price, of one GPU an hour, says what that costs; 'lora cost' what a month does.");
        }
    }
}
