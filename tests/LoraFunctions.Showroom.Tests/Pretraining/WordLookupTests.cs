using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using LoraFunctions.Showroom.Pretraining;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Tests.Pretraining;

public sealed class WordLookupTests
{
    [Theory]
    [InlineData("two cars side by side, {0} sedan on the left, {1} suv on the right, rain", "left", 0)]
    [InlineData("two cars side by side, {0} sedan on the left, {1} suv on the right, rain", "right", 1)]
    [InlineData("two cars, rain, left {0} sedan, right {1} suv", "sedan", 0)]
    [InlineData("two cars, rain, left {0} sedan, right {1} suv", "suv", 1)]
    public void Encode_TwoCars_AWordCarriesThePaintOfItsOwnCar(string sentence, string word, int own)
    {
        using var model = StableDiffusionModel.Load(ShowroomModels.BaseModel);
        using var built = WordLookup.Build(model.Tokenizer);
        foreach (var encoder in new[] { built, model.TextEncoder })
        {
            string[] first = own == 0 ? ["red", "blue"] : ["blue", "red"];
            string[] other = own == 0 ? ["red", "green"] : ["green", "red"];
            string[] changed = own == 0 ? ["white", "blue"] : ["blue", "white"];
            var vector = Vector(encoder, model.Tokenizer, sentence, first, word);
            var byOther = Difference(vector, Vector(encoder, model.Tokenizer, sentence, other, word));
            var byOwn = Difference(vector, Vector(encoder, model.Tokenizer, sentence, changed, word));

            // The head that looks up any word sees both cars.
            byOwn.ShouldBeGreaterThan(0.2);
            byOther.ShouldBeLessThan(byOwn / 2);
        }
    }

    private static float[] Vector(ClipTextModel encoder, ClipTokenizer tokenizer, string sentence, string[] paints, string word)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var row = tokenizer.EncodeRow(string.Format(CultureInfo.InvariantCulture, sentence, paints), 77);
        var at = Array.LastIndexOf(row, (long)tokenizer.Encode(word).Single());
        return encoder.Encode(tensor(row, [1, 77]))[0, at].data<float>().ToArray();
    }

    /// <summary>Of the length.</summary>
    private static double Difference(float[] one, float[] other) =>
        Math.Sqrt(one.Zip(other, (a, b) => (double)(a - b) * (a - b)).Sum() / one.Sum(a => (double)a * a));
}
