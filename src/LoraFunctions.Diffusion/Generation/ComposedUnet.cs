using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>A prompt and the adapters that it is computed with; null: all.</summary>
internal sealed record RowPrompt(IReadOnlyList<EncodedPrompt> Prompts, IReadOnlyList<int>? Adapters = null);

/// <summary>One guided prediction: u + scale * sum of w_i (c_i - u) on a window of the latents.</summary>
/// <param name="Share">[1, 1, H/8, W/8] of the whole picture, how much it counts; null: alone and everywhere.</param>
internal sealed record GuidedRow(RowPrompt Positive, RowPrompt Negative, Window? Window = null, Tensor? Share = null);

/// <summary>
/// The UNet under classifier-free guidance, for one prompt or several that share a picture: every row runs on its window with its own
/// adapters, and their predictions add up by their shares. Rows of one size and prompt length are one batch; equal ones are computed once.
/// Does not own its tensors.
/// </summary>
/// <param name="network">Null when no adapter is attached.</param>
/// <param name="rows">Those of a step (from 1).</param>
internal sealed class ComposedUnet(UNet2DConditionModel unet, LoraNetwork? network, Func<int, IReadOnlyList<GuidedRow>> rows, double scale)
{
    /// <summary>From 1: which texts of a prompt's schedule are shown, and which rows.</summary>
    public int Step { get; set; } = 1;

    /// <summary>Noise or velocity for latents [1, 4, H/8, W/8]; owned by the caller's dispose scope.</summary>
    public Tensor Predict(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        var guided = rows(Step);
        var calls = guided.SelectMany(Calls).Distinct().ToList();
        var results = new Dictionary<Call, Tensor>();
        var time = tensor([(float)timestep], device: latents.device);
        foreach (var batch in calls.GroupBy(c => (c.Context.shape[1], c.Window?.Height, c.Window?.Width)))
        {
            Run(latents, time, [.. batch], results);
        }

        Tensor? sum = null;
        foreach (var row in guided)
        {
            var result = Guided(row, results);
            if (row.Share is null)
            {
                return result.MoveToOuterDisposeScope();
            }

            sum ??= zeros_like(latents);
            var window = row.Window ?? new Window(0, 0, latents.shape[2], latents.shape[3]);
            using var share = window.Of(row.Share);
            using var part = window.Of(sum);
            part.PlusInPlace(result.mul(share));
        }

        return sum!.MoveToOuterDisposeScope();
    }

    private Tensor Guided(GuidedRow row, Dictionary<Call, Tensor> results)
    {
        var called = Calls(row).Select(c => results[c]).ToList();
        if (IsUnguided(row))
        {
            return called[0];
        }

        var result = called[0];
        foreach (var (conditional, prompt) in called.Skip(1).Zip(row.Positive.Prompts))
        {
            result = result.Plus((conditional - called[0]).Times(scale * prompt.Weight));
        }

        return result;
    }

    /// <summary>The negative prompt's first, where it counts.</summary>
    private IEnumerable<Call> Calls(GuidedRow row) =>
    [
        .. IsUnguided(row) ? [] : (IEnumerable<Call>)[Call.Of(row.Negative.Prompts[0].At(Step), row.Negative.Adapters, row.Window)],
        .. row.Positive.Prompts.Select(p => Call.Of(p.At(Step), row.Positive.Adapters, row.Window)),
    ];

    private bool IsUnguided(GuidedRow row) => scale == 1 && row.Positive.Prompts is [{ Weight: 1 }];

    private void Run(Tensor latents, Tensor time, List<Call> batch, Dictionary<Call, Tensor> results)
    {
        // Rows with the same adapters side by side are one product of the low-rank pairs.
        batch = [.. batch.OrderBy(c => c.Adapters ?? "", StringComparer.Ordinal)];
        if (network is not null)
        {
            network.UnetRows = batch.All(c => c.Adapters is null) ? null : LoraRows.Of([.. batch.Select(c => c.AdapterList)]);
        }

        Tensor[] inputs = [.. batch.Select(c => c.Window is { } window ? window.Of(latents) : latents)];
        var output = unet.forward(cat(inputs, 0), time, cat([.. batch.Select(c => c.Context)], 0));
        foreach (var (call, row) in batch.Zip(output.chunk(batch.Count, 0)))
        {
            results[call] = row;
        }
    }

    /// <summary>What the UNet is asked; equal calls are one.</summary>
    /// <param name="Adapters">Indices, joined to compare; null: all.</param>
    private sealed record Call(Tensor Context, string? Adapters, Window? Window)
    {
        public IReadOnlyList<int> AdapterList { get; private init; } = [];

        public static Call Of(Tensor context, IReadOnlyList<int>? adapters, Window? window) =>
            new(context, adapters is null ? null : string.Join(',', adapters), window) { AdapterList = adapters ?? [] };

        public bool Equals(Call? other) =>
            other is not null && ReferenceEquals(Context, other.Context) && Adapters == other.Adapters && Window == other.Window;

        public override int GetHashCode() => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Context), Adapters, Window);
    }
}
