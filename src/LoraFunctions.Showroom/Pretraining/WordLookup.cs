using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// The base model's text encoder: one CLIP layer whose weights follow from a rule. Each head looks up one class of words, the last any word
/// of a class, so that every padding token carries the whole prompt; a LoRA's own words keep random vectors of their own. Of several paints,
/// bodies or sides a token sees the latest: in "red sedan on the left, blue suv on the right" the word "left" carries the red sedan and "right"
/// the blue suv.
/// </summary>
internal static class WordLookup
{
    private const int Width = 96;
    private const int Heads = 6;
    private const int Content = Width - Heads;

    /// <summary>The one number of a vector that grows from token to token.</summary>
    private const int Place = Content - 1;

    private static readonly int[] LatestOnly = [0, 1, 3];

    private static readonly string[][] Classes =
    [
        ["red", "blue", "white", "black", "silver", "green", "yellow", "orange", "grey", "gray", "brown", "beige", "gold", "purple", "pink"],
        ["sedan", "suv", "hatchback", "coupe", "wagon", "van", "truck", "saloon", "estate", "convertible",
            "aurora", "borealis", "nova", "vega", "orion", "lyra", "atlas", "terra", "luna", "sol"],
        ["front", "rear", "side", "three", "quarter", "back", "interior"],
        ["left", "right", "two"],
        ["studio", "city", "street", "highway", "night", "rain", "beach", "snow", "forest", "desert"],
    ];

    public static ClipTextConfig Config(int vocabulary) => new()
    {
        VocabSize = vocabulary,
        HiddenSize = Width,
        IntermediateSize = 16,
        NumHiddenLayers = 1,
        NumAttentionHeads = Heads,
    };

    public static ClipTextModel Build(ClipTokenizer tokenizer)
    {
        using var grad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int vocabulary = tokenizer.HighestId + 1;
        var model = new ClipTextModel(Config(vocabulary), ParameterSource.Random(7));
        Dictionary<string, Tensor> parameters = model.named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        var generator = new Generator(77);
        Tensor words = parameters["text_model.embeddings.token_embedding.weight"];
        words.copy_(randn(vocabulary, Width, generator: generator));
        words.narrow(1, Place, Heads + 1).zero_();
        foreach ((int number, string[] members) in Classes.Index())
        {
            foreach (string word in members)
            {
                Tensor row = words[tokenizer.Encode(word).Single()];
                row[Content + number].PlusInPlace(4);
                row[Content + Heads - 1].PlusInPlace(2);
            }
        }

        Tensor places = parameters["text_model.embeddings.position_embedding.weight"];
        places.copy_(randn(77, Width, generator: generator).TimesInPlace(0.15));
        places.narrow(1, Content, Heads).zero_();
        places.select(1, Place).copy_(linspace(0, 4, 77));
        const string layer = "text_model.encoder.layers.0.";
        foreach (string name in (string[])["self_attn.q_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.weight", "self_attn.k_proj.bias",
            "self_attn.v_proj.bias", "self_attn.out_proj.bias", "mlp.fc2.weight"])
        {
            parameters[layer + name].zero_();
        }

        for (int head = 0; head < Heads; head++)
        {
            parameters[layer + "self_attn.q_proj.bias"][head * (Width / Heads)].PlusInPlace(4);

            // A token later weighs e^0.5 times as much; a word of the class e^58, which is more than the last token's place can.
            bool latest = LatestOnly.Contains(head);
            Tensor key = parameters[layer + "self_attn.k_proj.weight"][head * (Width / Heads)];
            key[Content + head].PlusInPlace(latest ? 16 : 4);
            key[Place].PlusInPlace(latest ? 10 : 0);
        }

        Tensor values = parameters[layer + "self_attn.v_proj.weight"];
        values.copy_(randn(Width, Width, generator: generator).TimesInPlace(1 / Math.Sqrt(Width)));
        values.narrow(1, Content, Heads).zero_();
        (Tensor orthogonal, _) = linalg.qr(randn(Width, Width, generator: generator));
        parameters[layer + "self_attn.out_proj.weight"].copy_(orthogonal.Times(1.5));
        return model;
    }
}
