using System.Text.Json.Nodes;
using LoraFunctions.EndToEnd.Nightly;
using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.EndToEnd.Training;

/// <summary>
/// <c>lora train</c> knows when to stop: a healthy training goes on to its end; one of eight photos, seen two hundred times by a base model
/// that knows such photos, is stopped, and the weights of the smallest validation loss are kept.
/// </summary>
public sealed class OverfittingTests(ITestOutputHelper output) : IDisposable
{
    private readonly TrainingStage _stage = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task Train_SixtyPhotosThenEightAgainAndAgain_TheFirstEndsTheSecondIsStopped()
    {
        _stage.DrawPhotos("many", CarModel.All[0], 60);
        _stage.DrawPhotos("few", CarModel.All[1], 8);

        JsonNode healthy = await TrainAsync("healthy", """
            base_model: base
            train_data_dir: many
            target_modules: [attention, feed_forward, projections, convolutions]
            lora_rank: 64
            batch_size: 6
            epochs: 30
            learning_rate: 2e-3
            lr_scheduler: cosine
            """);

        healthy["outcome"]!.GetValue<string>().ShouldBe("Completed");
        double[] losses = Losses(healthy);
        losses.Length.ShouldBe(30);
        losses.Min().ShouldBeLessThan(losses[0] * 0.6);
        WeightsAreOfTheSmallestLoss(healthy);

        await MergeAsync("healthy", "knowing");
        JsonNode overfitting = await TrainAsync("overfitting", """
            base_model: knowing
            train_data_dir: few
            validation_share: 0.25
            target_modules: [attention, feed_forward, projections, convolutions]
            lora_rank: 32
            batch_size: 3
            epochs: 200
            learning_rate: 1e-3
            """);

        overfitting["outcome"]!.GetValue<string>().ShouldBe("StoppedEarly");
        Losses(overfitting).Length.ShouldBeLessThan(200);
        WeightsAreOfTheSmallestLoss(overfitting);
    }

    private async Task<JsonNode> TrainAsync(string name, string settings)
    {
        string folder = _stage.Below(name);
        using LoraProcess training = _stage.Train(folder, $"{settings}\nlora_dropout: 0\nresolution: 64\nsample_every_epochs: 0");
        (await training.EndAsync(Stop)).ShouldBe(0, training.Output);
        output.WriteLine(training.Output);
        return JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, $"{TrainingStage.Name}.json"), Stop))!;
    }

    private async Task MergeAsync(string trained, string into)
    {
        string lora = Path.Combine(_stage.Below(trained), $"{TrainingStage.Name}.safetensors");
        using LoraProcess merging = _stage.Lora("weights", "merge", "--lora", lora, "--base-model", _stage.Below("base"), "--out", _stage.Below(into));
        (await merging.EndAsync(Stop)).ShouldBe(0, merging.Output);
    }

    private static double[] Losses(JsonNode manifest) => [.. manifest["validations"]!.AsArray().Select(v => v!["loss"]!.GetValue<double>())];

    private static void WeightsAreOfTheSmallestLoss(JsonNode manifest)
    {
        JsonNode best = manifest["validations"]!.AsArray().MinBy(v => v!["loss"]!.GetValue<double>())!;
        manifest["lora"]!["step"]!.GetValue<long>().ShouldBe(best["step"]!.GetValue<long>());
    }
}
