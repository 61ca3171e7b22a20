using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// Weights that pass a small picture through before anything is learnt: the encoder averages colours and keeps a few Haar differences, the
/// decoder interpolates; second convolutions are zero. Constant biases before the last norms carry absolute colour past them. Worth about
/// three quarters of the training.
/// </summary>
internal static class VaeStart
{
    public static void Apply(AutoencoderKL vae)
    {
        using var grad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> parameters = vae.named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        foreach ((string name, Tensor weights) in parameters)
        {
            if (name.EndsWith("conv2.weight", StringComparison.Ordinal))
            {
                weights.zero_();
            }
            else if (name.EndsWith("conv_shortcut.weight", StringComparison.Ordinal))
            {
                weights.TimesInPlace(0.3);
                for (int i = 0; i < Math.Min(weights.shape[0], weights.shape[1]); i++)
                {
                    weights[i].zero_();
                    Fill(weights[i, i], 1);
                }
            }
            else if (name.Contains("upsamplers", StringComparison.Ordinal) && weights.dim() == 4)
            {
                Interpolate(weights);
            }
            else if (name.Contains("downsamplers", StringComparison.Ordinal) && weights.dim() == 4)
            {
                Average(weights, level: name.Split('.')[2][0] - '0');
            }
        }

        Passthrough(parameters["encoder.conv_in.weight"], keep: 0.5, count: 3, value: 1);
        Passthrough(parameters["encoder.conv_out.weight"], keep: 0.2, count: 3, value: 3);
        Passthrough(parameters["decoder.conv_in.weight"], keep: 0.5, count: 4, value: 0.7);
        Passthrough(parameters["decoder.conv_out.weight"], keep: 0.1, count: 3, value: 2);
        parameters["encoder.conv_out.bias"].zero_();
        for (int i = 4; i < 8; i++)
        {
            parameters["encoder.conv_out.weight"][i].zero_();
            Fill(parameters["encoder.conv_out.bias"][i], -12);
        }

        foreach (string name in (string[])["quant_conv.weight", "post_quant_conv.weight"])
        {
            Tensor weights = parameters[name].zero_();
            for (int i = 0; i < weights.shape[0]; i++)
            {
                Fill(weights[i, i], 1);
            }
        }

        int last = vae.Config.BlockOutChannels.Count - 1;
        Anchor(parameters["encoder.mid_block.resnets.1.conv2.bias"], (int)vae.Config.NormNumGroups);
        Anchor(parameters[$"decoder.up_blocks.{last}.resnets.{vae.Config.LayersPerBlock}.conv2.bias"], (int)vae.Config.NormNumGroups);
    }

    private static void Fill(Tensor weights, double value) => weights.zero_().PlusInPlace(value);

    private static void Passthrough(Tensor weights, double keep, int count, double value)
    {
        weights.TimesInPlace(keep);
        for (int i = 0; i < count; i++)
        {
            weights[i].zero_();
            Fill(weights[i, i, 1, 1], value);
        }
    }

    private static void Interpolate(Tensor weights)
    {
        const int plain = 8;
        Tensor kernel = tensor(new float[] { 1, 2, 1, 2, 4, 2, 1, 2, 1 }).view(3, 3).Over(16);
        weights.TimesInPlace(0.3);
        for (int i = 0; i < weights.shape[0]; i++)
        {
            if (i < plain)
            {
                weights[i].zero_();
            }

            weights[i, i].PlusInPlace(kernel);
        }
    }

    private static void Average(Tensor weights, int level)
    {
        const int plain = 12;
        weights.TimesInPlace(0.3);
        for (int i = 0; i < weights.shape[0]; i++)
        {
            if (i < plain)
            {
                weights[i].zero_();
            }

            weights[i, i, ..2, ..2].PlusInPlace(0.25);
        }

        float[][] details = [[.5f, -.5f, .5f, -.5f], [.5f, .5f, -.5f, -.5f], [.5f, -.5f, -.5f, .5f]];
        for (int k = 0; k < details.Length; k++)
        {
            for (int colour = 0; colour < 3; colour++)
            {
                int channel = 3 + (level * 9) + (k * 3) + colour;
                if (channel < weights.shape[0])
                {
                    weights[channel].zero_();
                    weights[channel, colour, ..2, ..2].copy_(tensor(details[k]).view(2, 2));
                }
            }
        }
    }

    private static void Anchor(Tensor bias, int groups)
    {
        int perGroup = (int)bias.shape[0] / groups;
        int anchors = Math.Max(2, perGroup / 16 * 2);
        double height = Math.Sqrt((double)perGroup / anchors);
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < anchors; i++)
            {
                Fill(bias[(group * perGroup) + perGroup - 1 - i], i % 2 == 0 ? height : -height);
            }
        }
    }
}
