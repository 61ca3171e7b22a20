using System.Globalization;
using LoraFunctions.Diffusion.Models;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>Reads the networks' sizes off a single file's tensor shapes, which is all such a file says about them.</summary>
internal sealed class LdmSizes(TensorFiles files, StableDiffusionLoadOptions options)
{
    private const int MostLevels = 16;
    private const long Largest = 1 << 24; // beyond any network of this kind

    /// <exception cref="CheckpointException">The file's UNet is built otherwise.</exception>
    public UNetConfig Unet()
    {
        var channels = new List<long>();
        var layers = new List<int>();
        var downAttention = new List<bool>();
        var count = 0;
        for (var block = 1; channels.Count < MostLevels; block++)
        {
            var input = $"{LdmNames.UnetPrefix}input_blocks.{block}";
            if (Shape($"{input}.0.in_layers.2.weight") is { Count: 4 } convolution)
            {
                if (count++ == 0)
                {
                    channels.Add(convolution[0]);
                    downAttention.Add(Has($"{input}.1.proj_in.weight"));
                }

                continue;
            }

            layers.Add(count);
            count = 0;
            if (!Has($"{input}.0.op.weight"))
            {
                break;
            }
        }

        if (channels.Count == 0 || layers.Count != channels.Count || layers.Distinct().Count() != 1)
        {
            throw Strange("its input blocks are not levels of equally many ResNets");
        }

        var perLevel = layers[0] + 1;
        var upAttention = Enumerable.Range(0, channels.Count)
            .Select(i => Has($"{LdmNames.UnetPrefix}output_blocks.{perLevel * i}.1.proj_in.weight")).ToList();
        var depth = Enumerable.Range(0, MostLevels)
            .TakeWhile(i => Has($"{LdmNames.UnetPrefix}middle_block.1.transformer_blocks.{i}.norm1.weight")).Count();
        var width = Shape($"{LdmNames.UnetPrefix}middle_block.1.transformer_blocks.0.attn2.to_k.weight") is { Count: 2 } key
            ? key[1] : throw Strange("its middle has no attention to a prompt");
        var heads = options.UnetHeads ?? 8;
        var bad = channels.Find(width => width % heads != 0);
        return bad == 0 && heads > 0
            ? new UNetConfig
            {
                InChannels = Dimension($"{LdmNames.UnetPrefix}input_blocks.0.0.weight", 1, 4),
                OutChannels = Dimension($"{LdmNames.UnetPrefix}out.2.weight", 0, 4),
                BlockOutChannels = channels,
                LayersPerBlock = layers[0],
                DownAttention = downAttention,
                UpAttention = upAttention,
                AttentionHeads = [.. channels.Select(_ => heads)],
                CrossAttentionDim = width,
                TransformerLayersPerBlock = depth,
                NormNumGroups = Groups(channels),
            }
            : throw Strange($"{heads} attention heads do not divide its {bad} channels; say how many it has");
    }

    /// <exception cref="CheckpointException">The file's VAE is built otherwise.</exception>
    public VaeConfig Vae()
    {
        string Encoder(string name) => $"{LdmNames.VaePrefix}encoder.{name}";
        var channels = Enumerable.Range(0, MostLevels).Select(i => Shape(Encoder($"down.{i}.block.0.conv1.weight")))
            .TakeWhile(shape => shape is { Count: 4 }).Select(shape => shape![0]).ToList();
        if (channels.Count == 0)
        {
            throw Strange("it has no VAE encoder");
        }

        return new VaeConfig
        {
            InChannels = Dimension(Encoder("conv_in.weight"), 1, 3),
            OutChannels = Dimension($"{LdmNames.VaePrefix}decoder.conv_out.weight", 0, 3),
            LatentChannels = Dimension($"{LdmNames.VaePrefix}post_quant_conv.weight", 0, 4),
            BlockOutChannels = channels,
            LayersPerBlock = Enumerable.Range(0, MostLevels).TakeWhile(i => Has(Encoder($"down.0.block.{i}.conv1.weight"))).Count(),
            MidBlockAttention = Has(Encoder("mid.attn_1.q.weight")),
            NormNumGroups = Groups(channels),
        };
    }

    /// <exception cref="CheckpointException">The file's text encoder is built otherwise, or its head count cannot be known.</exception>
    public ClipTextConfig Text()
    {
        IReadOnlyList<long>? Of(string name) => LdmNames.Text(name).Select(Shape).FirstOrDefault(shape => shape is not null);
        var tokens = Of("text_model.embeddings.token_embedding.weight");
        var positions = Of("text_model.embeddings.position_embedding.weight");
        var inner = Of("text_model.encoder.layers.0.mlp.fc1.weight");
        if (tokens is not { Count: 2 } || positions is not { Count: 2 } || inner is not { Count: 2 })
        {
            throw Strange($"it has no CLIP text encoder ({LdmNames.TextPrefix}text_model...)");
        }

        const int mostLayers = 256;
        var width = tokens[1];
        var heads = options.TextEncoderHeads ?? (width % 64 == 0 ? width / 64
            : throw Strange($"its text encoder is {width} wide, which is no multiple of CLIP's 64 channels a head; say how many heads "
                + "it has, or use a diffusers folder, whose config.json does"));
        if (heads < 1 || width % heads != 0)
        {
            throw Strange($"{heads} attention heads do not divide its text encoder's {width} channels");
        }

        return new ClipTextConfig
        {
            VocabSize = tokens[0],
            HiddenSize = width,
            IntermediateSize = inner[0],
            MaxPositionEmbeddings = positions[0],
            NumAttentionHeads = heads,
            NumHiddenLayers = Enumerable.Range(0, mostLayers)
                .TakeWhile(i => Of(string.Create(CultureInfo.InvariantCulture,
                    $"text_model.encoder.layers.{i}.layer_norm1.weight")) is not null).Count(),
        };
    }

    /// <summary>
    /// 32 in every Stable Diffusion 1; smaller networks that it does not divide have their channels' greatest common divisor.
    /// </summary>
    private static long Groups(List<long> channels)
    {
        var common = channels.Aggregate((a, b) => (long)System.Numerics.BigInteger.GreatestCommonDivisor(a, b));
        return common % 32 == 0 ? 32 : common;
    }

    private bool Has(string name) => files.Find(name) is not null;

    private IReadOnlyList<long>? Shape(string name)
    {
        var shape = files.Find(name)?.ByName[name].Shape;
        return shape is null || shape.All(size => size is > 0 and <= Largest) ? shape
            : throw Strange($"{name} is [{string.Join(", ", shape)}]");
    }

    private long Dimension(string name, int axis, long otherwise) => Shape(name) is { Count: 4 } shape ? shape[axis] : otherwise;

    private CheckpointException Strange(string what) => new($"{files.Name}: is no Stable Diffusion 1 checkpoint: {what}.");
}
