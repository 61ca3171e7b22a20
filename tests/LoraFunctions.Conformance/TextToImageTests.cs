using System.Text.Json;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class TextToImageTests
{
    private static readonly JsonElement Set = Golden.Json("e2e_txt2img");

    public enum Layout
    {
        SingleFile,
        DiffusersFolder,
    }

    [Theory]
    [InlineData(Layout.SingleFile)]
    [InlineData(Layout.DiffusersFolder)]
    public void Generate_FromTheSetsNoise_PaintsTheReferencesPictures(Layout layout)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = layout == Layout.SingleFile ? SingleFile(folder.Path) : DiffusersFolder(folder.Path);
        var vectors = Golden.Tensors("e2e_txt2img.vectors.safetensors");
        EncodedPrompt Context(string ids) => new([Contexts(model.TextEncoder, vectors[ids])], [int.MaxValue], 1);
        var unet = new ComposedUnet(
            model.Unet, network: null, _ => [new GuidedRow(new RowPrompt([Context("cond_ids")]), new RowPrompt([Context("uncond_ids")]))], Set.GetProperty("cfg").GetDouble());
        var names = vectors.Keys.Where(k => k.EndsWith(".latents", StringComparison.Ordinal)).Select(k => k[..^".latents".Length]).ToList();
        names.ShouldNotBeEmpty();
        var tolerance = Set.GetProperty("tolerance");
        foreach (var name in names)
        {
            double[] timesteps = [.. vectors[name + ".timesteps"].data<float>().Select(t => (double)t)];
            var plan = Plan(name, Set.GetProperty("steps").GetInt32(), timesteps);
            var before = new List<Tensor>();
            using var noise = new SeededNoise(0);
            var final = new SamplingRun
            {
                Step = EulerSamplers.Euler,
                Plan = plan,
                Model = unet.Predict,
                Noise = noise,
                Prediction = model.Prediction,
                Observer = call => before.Add((name == "ddim" ? call.Input : call.Latents).clone().DetachFromDisposeScope()),
            }.Execute(vectors["noise"].Times(plan.InitialNoiseScale));

            var expected = vectors[name + ".latents"];
            Tensor[] latents = [.. before.Skip(1), final];
            latents.Length.ShouldBe((int)expected.shape[0]);
            var allowed = tolerance.GetProperty("latents_rel_l2").GetDouble();
            for (var i = 0; i < latents.Length; i++)
            {
                latents[i].ShouldMatch(expected[i], null, allowed, $"{layout} {name} step {i + 1}");
            }

            before.ForEach(tensor => tensor.Dispose());
            byte[] rgb = [.. Enumerable.Range(0, (int)final.shape[0]).SelectMany(i => TextToImage.Decode(model.Vae, final[i..(i + 1)]))];
            var image = vectors[name + ".image_u8_hwc"];
            rgb.Length.ShouldBe((int)image.numel());
            var worst = rgb.Zip(image.data<byte>()).Max(pair => Math.Abs(pair.First - pair.Second));
            TestContext.Current.TestOutputHelper?.WriteLine($"{layout} {name}: largest difference of a byte {worst}");
            worst.ShouldBeLessThanOrEqualTo(tolerance.GetProperty("image_u8_max_diff").GetInt32(), name);
        }
    }

    /// <summary>The set names the method; the timesteps say which of its settings was used. On its levels DDIM is Euler.</summary>
    private static SamplingPlan Plan(string name, int steps, double[] timesteps)
    {
        var schedule = NoiseSchedule.StableDiffusion;
        DiffusersPlans[] settings =
        [
            new(schedule, steps, TimestepSpacing.Leading, 1),
            new(schedule, steps, TimestepSpacing.Leading),
            new(schedule, steps, TimestepSpacing.Linspace),
            new(schedule, steps, TimestepSpacing.Trailing),
        ];
        return settings.Select(s => name switch
            {
                "ddim" => s.Leading(schedule.Sigmas[0]),
                "euler" => s.Interpolated(),
                _ => throw new NotSupportedException(name),
            })
            .First(plan => plan.Timesteps.Zip(timesteps).All(pair => Math.Abs(pair.First - pair.Second) < 0.01));
    }

    /// <summary>A row of ids is a prompt; one longer than the text encoder takes is several chunks.</summary>
    private static Tensor Contexts(ClipTextModel encoder, Tensor ids)
    {
        var length = (int)encoder.Config.MaxPositionEmbeddings;
        var prompts = Enumerable.Range(0, (int)ids.shape[0]).Select(i => ids[i].data<long>().ToArray().Chunk(length).ToList());
        return cat([.. prompts.Select(chunks => PromptEncoder.Encode(encoder, chunks, clipSkip: 1))], 0);
    }

    private static StableDiffusionModel SingleFile(string folder)
    {
        var file = Path.Combine(folder, "tiny.safetensors");
        Golden.Unpack("ldm_checkpoint.f16.safetensors", file);
        return StableDiffusionModel.Load(file, new StableDiffusionLoadOptions
        {
            RequireTokenizer = false,
            TextEncoderHeads = ClipTextConfig.Parse(Golden.Json("a_clip_text").GetProperty("config"), "a").NumAttentionHeads,
            UnetHeads = UNetConfig.Parse(Golden.Json("b_unet").GetProperty("config"), "b").AttentionHeads[0],
        });
    }

    private static StableDiffusionModel DiffusersFolder(string folder)
    {
        foreach (var (part, set, source, target) in new[]
        {
            ("text_encoder", "a_clip_text", "a_clip_text.hf.f32.safetensors", "model.safetensors"),
            ("unet", "b_unet", "b_unet.diffusers.f32.safetensors", "diffusion_pytorch_model.safetensors"),
            ("vae", "c_vae", "c_vae.diffusers.f32.safetensors", "diffusion_pytorch_model.safetensors"),
        })
        {
            Golden.Unpack(source, Path.Combine(folder, part, target));
            File.WriteAllText(Path.Combine(folder, part, "config.json"), Golden.Json(set).GetProperty("config").GetRawText());
        }

        return StableDiffusionModel.Load(folder, new StableDiffusionLoadOptions { RequireTokenizer = false });
    }
}
