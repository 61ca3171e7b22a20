using System.CommandLine;
using System.Globalization;
using LoraFunctions.Cli.Costs;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora cost</c>: what a night would take and cost, with the formulas.</summary>
internal static class CostCommand
{
    private const int UsualPhotos = 60;
    private const int UsualPictures = 4;

    public static Command Create(CliConsole console)
    {
        var usual = new NightlyOptions();
        var models = new Option<int>("--models") { Description = "Car models trained in a night.", Required = true };
        var step = new Option<double>("--step-seconds") { Description = "A training step on the GPU, as measured: batch 4, 512x512.", Required = true };
        var price = new Option<double>("--gpu-price") { Description = "Of one GPU an hour, by your region's price list.", Required = true };
        var gpus = new Option<int>("--gpus") { Description = "GPUs at once.", DefaultValueFactory = _ => 1 };
        var hours = new Option<double>("--hours")
        {
            Description = "Between the night's start and its deadline.",
            DefaultValueFactory = _ => (usual.Deadline - usual.Start).TotalHours,
        };
        var photos = new Option<int>("--photos") { Description = "Of a car model's data set.", DefaultValueFactory = _ => UsualPhotos };
        var newPhotos = new Option<int>("--new-photos")
        {
            Description = "Of a car model since its last training.",
            DefaultValueFactory = _ => NightlyOptions.DefaultRetrainAfterNewPhotos,
        };
        var pictures = new Option<int>("--pictures") { Description = "Comparison pictures for each car model trained.", DefaultValueFactory = _ => UsualPictures };
        var picture = new Option<double?>("--picture-seconds") { Description = "A picture on the GPU. Default: five training steps." };
        var command = new Command("cost", "What a night would take and cost: GPU minutes, storage calls, growth a month; each with its formula.")
        {
            models,
            step,
            price,
            gpus,
            hours,
            photos,
            newPhotos,
            pictures,
            picture,
        };
        command.SetAction(parsed =>
        {
            var input = new NightCostInput(
                parsed.GetRequiredValue(models),
                parsed.GetRequiredValue(step),
                parsed.GetValue(photos),
                parsed.GetValue(newPhotos),
                parsed.GetValue(pictures),
                parsed.GetValue(picture),
                parsed.GetValue(gpus),
                parsed.GetValue(hours),
                parsed.GetRequiredValue(price));
            Check(input);
            CostTable.Print(console, NightCost.Of(input));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Check(NightCostInput input)
    {
        var problems = new Problems();
        void AtLeast(string option, double value, double least)
        {
            if (!(value >= least && double.IsFinite(value)))
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be {least} or more."));
            }
        }

        AtLeast("--models", input.Models, 1);
        AtLeast("--step-seconds", input.StepSeconds, 0.001);
        AtLeast("--gpu-price", input.GpuPrice, 0);
        AtLeast("--gpus", input.Gpus, 1);
        AtLeast("--hours", input.Hours, 0.1);
        AtLeast("--photos", input.Photos, 1);
        AtLeast("--new-photos", input.NewPhotos, 0);
        AtLeast("--pictures", input.Pictures, 0);
        AtLeast("--picture-seconds", input.PictureSeconds ?? 1, 0);
        problems.ThrowIfAny();
    }
}
