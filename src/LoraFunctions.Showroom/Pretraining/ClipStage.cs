using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Scenes;
using LoraFunctions.Showroom.SmallModels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// The labeller's CLIP: a small vision tower and a small text tower (Radford et al. 2021), trained on drawn pictures with their captions, and
/// on the label table's sentences as the labeller asks them. Where a picture cannot tell, every answer is to be equally likely, so that the
/// labeller abstains.
/// </summary>
internal sealed class ClipStage(PretrainingRun run)
{
    public const string Name = "clip";
    public const double Gate = 0.9;
    private const int DefaultSteps = 6_000;
    private const int Batch = 32;
    private const int HeldOutPictures = 500;
    private const int MostShown = 48;
    private const int Width = 128;
    private const int Height = 96;
    private const double Rate = 1e-3;
    private const int PicturesToBeginWith = 256;

    /// <summary>Cosine similarity up to which two answers of a question are left alone.</summary>
    private const double NearAnswers = 0.5;

    /// <summary>The largest logit scale, as CLIP has it.</summary>
    private const float MostScale = 100;

    private static readonly ClipVisionConfig Vision = new()
    {
        HiddenSize = 128,
        IntermediateSize = 384,
        NumHiddenLayers = 4,
        NumAttentionHeads = 4,
        ImageSize = Height,
        PatchSize = 12,
    };

    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    private readonly Pictures pictures = new(Width, Height);
    private readonly string[] sentences = [.. Labels.All.SelectMany(question => question.Words).SelectMany(word => word.Sentences)];
    private ClipTokenizer tokenizer = null!;

    public PretrainingResult Train(CancellationToken cancellationToken)
    {
        string words = run.At("clip-tokenizer");
        SmallVocabulary.Shared.WriteTo(words);
        tokenizer = ClipTokenizer.Load(words);
        using var cache = new GrowingCache(run.At("clip-pictures.rgb"), pictures.RowBytes, pictures.Rows);
        using var flat = new FlatNetwork<ClipTowers>(source => new ClipTowers(source, Vision), run.Options.Seed);
        if (File.Exists(run.StatePath))
        {
            flat.Load(run.StatePath);
        }
        else
        {
            using DisposeScope start = NewDisposeScope();
            cache.Fill(Math.Min(run.Options.Pictures, PicturesToBeginWith));
            ClipStart.Lay(flat.Network.Vision, flat.Network.Text, Square(pictures.AsTensor(cache.Read([.. Enumerable.Range(0, Math.Min(cache.Count, PicturesToBeginWith))]))));
            flat.TakeOver();
        }

        int steps = run.Options.Steps ?? DefaultSteps;
        while (run.GoesOn(flat.Step, steps, cancellationToken))
        {
            using DisposeScope scope = NewDisposeScope();
            long step = flat.Step;
            Random random = StepRandom.Of(run.Options.Seed, step);
            cache.Fill((int)Math.Min(run.Options.Pictures, (step + 1) * Batch));
            int[] numbers = [.. Enumerable.Range(0, Batch).Select(_ => random.Next(cache.Count))];
            Scene[] scenes = [.. numbers.Select(pictures.Scene)];
            Tensor pixels = Varied(pictures.AsTensor(cache.Read(numbers)), random, StepRandom.Noise(run.Options.Seed, step));
            string[] captions = [.. scenes.Select(scene => Captions.Of(scene, random.Next(Captions.Templates)))];
            Tensor loss = Loss(flat.Network, pixels, scenes, captions);
            loss.backward();
            double done = (double)step / steps;
            double rate = Rate * Math.Min(1, (step + 1) / 100.0) * (0.02 + (0.49 * (1 + Math.Cos(Math.PI * done))));
            flat.Learn(rate, weightDecay: 0.02);
            run.Log(flat.Step, flat.Step * Batch, loss.item<float>(), rate);
            if (run.ShouldSave())
            {
                flat.Save(run.StatePath);
            }
        }

        flat.Save(run.StatePath);
        double right = flat.WithAverage(() =>
        {
            ModelFiles.WriteClip(run.At("clip"), flat.Network.Text, flat.Network.Vision, flat.Network.TextProjection, flat.Network.VisualProjection,
                flat.Network.LogitScale.Clamped(0, Math.Log(MostScale)), ScalarType.Float16);
            return Measure(flat.Network, flat.Step);
        });
        return new PretrainingResult(Name, flat.Step, flat.Step >= steps, right, right >= Gate,
            $"{right:P1} of the labels of {run.Options.Measured ?? HeldOutPictures} unseen pictures are right in the worst group; {Gate:P0} is wanted.");
    }

    /// <summary>Cross-entropy of every question's answers, and of pictures against each other's captions.</summary>
    private Tensor Loss(ClipTowers towers, Tensor pixels, Scene[] scenes, string[] captions)
    {
        Tensor images = Unit(matmul(towers.Vision.forward(pixels).PooledOutput, towers.VisualProjection.t()));
        Tensor texts = Encode(towers, [.. sentences, .. captions]);
        Tensor scale = towers.LogitScale.Clamped(0, Math.Log(MostScale)).exp();
        Tensor loss = zeros(1);
        foreach ((LabelQuestion question, Tensor answers) in Answers(texts))
        {
            Tensor chances = nn.functional.log_softmax(matmul(images, answers.t()) * scale, 1);
            loss = loss.Plus((chances * Targets(question, scenes)).sum(1).mean(), -1.0 / Labels.All.Count).Plus(Nearness(answers), 1.0 / Labels.All.Count);
        }

        // A caption that another picture has too is right for both.
        Tensor similar = matmul(images, Unit(texts.slice(0, sentences.Length, texts.shape[0], 1)).t()) * scale;
        var same = new float[captions.Length * captions.Length];
        for (int i = 0; i < captions.Length; i++)
        {
            for (int j = 0; j < captions.Length; j++)
            {
                same[(i * captions.Length) + j] = captions[i] == captions[j] ? 1 : 0;
            }
        }

        Tensor target = tensor(same, [captions.Length, captions.Length]);
        target /= target.sum(1, keepdim: true);
        Tensor toText = (nn.functional.log_softmax(similar, 1) * target).sum(1).mean();
        Tensor toImage = (nn.functional.log_softmax(similar.t(), 1) * target).sum(1).mean();
        return loss.Plus(toText.Plus(toImage), -0.25);
    }

    /// <summary>
    /// How far answers are nearer to each other than <see cref="NearAnswers"/>: sentences that differ by one word ("facing left", "facing right") become
    /// one before the pictures can tell them apart, and then nothing drives them apart again.
    /// </summary>
    private static Tensor Nearness(Tensor answers)
    {
        Tensor similar = matmul(answers, answers.t());
        return nn.functional.relu(similar.Plus(-NearAnswers)).Squared().sum().Plus(-answers.shape[0] * (1 - NearAnswers) * (1 - NearAnswers));
    }

    private Tensor Encode(ClipTowers towers, string[] texts)
    {
        long[][] rows = [.. texts.Select(text => tokenizer.EncodeRow(text))];

        // Attention looks backwards only and the first end mark is what counts: the padding that all share is cut off.
        int length = rows.Max(row => Array.IndexOf(row, tokenizer.EndId) + 1);
        Tensor ids = tensor([.. rows.SelectMany(row => row[..length])], [rows.Length, length]);
        return matmul(towers.Text.forward(ids).PooledOutput, towers.TextProjection.t());
    }

    /// <summary>Every question with its words' embeddings, made as the labeller makes them: unit sentences, their mean, its unit.</summary>
    private static IEnumerable<(LabelQuestion Question, Tensor Answers)> Answers(Tensor texts)
    {
        Tensor units = Unit(texts);
        int at = 0;
        foreach (LabelQuestion question in Labels.All)
        {
            var words = new List<Tensor>();
            foreach (LabelWord word in question.Words)
            {
                words.Add(Unit(units.slice(0, at, at + word.Sentences.Count, 1).mean([0], keepdim: true)));
                at += word.Sentences.Count;
            }

            yield return (question, cat(words));
        }
    }

    private static Tensor Targets(LabelQuestion question, Scene[] scenes)
    {
        int count = question.Words.Count;
        var targets = new float[scenes.Length * count];
        for (int i = 0; i < scenes.Length; i++)
        {
            int? truth = question.Truth(scenes[i]);
            for (int word = 0; word < count; word++)
            {
                targets[(i * count) + word] = truth is null ? 1f / count : truth == word ? 1 : 0;
            }
        }

        return tensor(targets, [scenes.Length, count]);
    }

    /// <summary>
    /// A square of each picture, a little off its middle, sometimes soft, noisy or of another brightness: as photos are, and as pictures that
    /// went through the autoencoder.
    /// </summary>
    private static Tensor Varied(Tensor pixels, Random random, Generator generator)
    {
        using DisposeScope scope = NewDisposeScope();
        const int spare = Width - Height;
        int left = (spare / 2) + random.Next(-4, 5);
        Tensor square = pixels.slice(3, left, left + Height, 1);
        if (random.Next(3) == 0)
        {
            int small = Height * 10 / random.Next(12, 22);
            square = nn.functional.interpolate(square, size: [small, small], mode: InterpolationMode.Area);
            square = nn.functional.interpolate(square, size: [Height, Height], mode: InterpolationMode.Bilinear, align_corners: false);
        }

        Tensor gain = rand([pixels.shape[0], 1, 1, 1], generator: generator).TimesInPlace(0.3).PlusInPlace(0.85);
        Tensor noise = randn(square.shape, generator: generator).TimesInPlace(0.06 * random.NextDouble());
        return Normalised((square.Plus(1) * gain).Plus(-1).Plus(noise)).MoveToOuterDisposeScope();
    }

    /// <summary>The middle of each picture.</summary>
    private static Tensor Square(Tensor pixels) => Normalised(pixels.slice(3, (Width - Height) / 2, (Width + Height) / 2, 1));

    private static Tensor Normalised(Tensor square) =>
        (square.Plus(1).Over(2) - tensor(Mean).view(1, 3, 1, 1)) / tensor(Deviation).view(1, 3, 1, 1);

    private static Tensor Unit(Tensor rows) => rows / rows.norm(1, keepdim: true, p: 2);

    /// <summary>Share of right words in the worst group, of pictures that can tell.</summary>
    private double Measure(ClipTowers towers, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        (LabelQuestion Question, Tensor Answers)[] questions = [.. Answers(Encode(towers, sentences))];
        var right = new int[questions.Length];
        var asked = new int[questions.Length];
        var wrong = new List<RgbImage>();
        int batch = Math.Min(50, run.Options.Measured ?? HeldOutPictures);
        for (int first = Pictures.HeldOut; first < Pictures.HeldOut + (run.Options.Measured ?? HeldOutPictures); first += batch)
        {
            using DisposeScope inner = NewDisposeScope();
            byte[] rows = pictures.Rows(first, batch);
            Tensor images = Unit(matmul(towers.Vision.forward(Square(pictures.AsTensor(rows))).PooledOutput, towers.VisualProjection.t()));
            for (int q = 0; q < questions.Length; q++)
            {
                long[] answers = matmul(images, questions[q].Answers.t()).argmax(1).data<long>().ToArray();
                for (int i = 0; i < batch; i++)
                {
                    if (questions[q].Question.Truth(pictures.Scene(first + i)) is { } truth)
                    {
                        asked[q]++;
                        right[q] += answers[i] == truth ? 1 : 0;
                        if (answers[i] != truth && wrong.Count < MostShown)
                        {
                            wrong.Add(new RgbImage(Width, Height, rows.AsSpan(i * pictures.RowBytes, pictures.RowBytes).ToArray()));
                        }
                    }
                }
            }
        }

        for (int q = 0; q < questions.Length; q++)
        {
            run.LogMeasure(step, $"{questions[q].Question.Group} right", asked[q] == 0 ? 0 : (double)right[q] / asked[q]);
        }

        if (wrong.Count > 0)
        {
            run.WriteSheet("clip-wrong.png", wrong, 8);
        }

        return right.Zip(asked).Where(pair => pair.Second > 0).Min(pair => (double)pair.First / pair.Second);
    }
}
