#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace colonnade;

namespace {

namespace fs = std::filesystem;

data::Encoding encoding(std::size_t width, const std::string& name) {
  data::Encoding encoding;
  for (std::size_t i = 0; i < width; ++i) {
    encoding.features.push_back({name + "[" + std::to_string(i) + "]", name, "K", 1});
    encoding.transforms.push_back(data::Transform::parse(i % 2 == 0 ? "root4" : "identity"));
    encoding.offset.push_back(0.1 * static_cast<double>(i));
    encoding.scale.push_back(1.0 / 3.0);
  }
  return encoding;
}

train::Model model() {
  train::Model model;
  model.shape = {.widths = {3, 4, 2}, .activation = nn::Activation::gelu};
  model.recipe.layout = "flat";
  model.recipe.column_dim = "column";
  model.recipe.arrays = {{"x", {3}, {0, 1, 2}, encoding(3, "t")},
                         {"y", {2}, {0, 1}, encoding(2, "f")}};
  for (std::size_t i = 0; i < nn::parameter_count(model.shape); ++i)
    model.weights.push_back(static_cast<float>(i) / 7.0F);
  model.provenance = R"({"epoch": 3})";
  return model;
}

/// A folder of this test program's, the same on all ranks, removed at the end.
class Folder {
 public:
  Folder() : path_(comm_.broadcast(comm_.is_root() ? made() : "")) {}
  ~Folder() {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  static std::string made() {
    std::string name = fs::temp_directory_path() / "colonnade_model_XXXXXX";
    return mkdtemp(name.data());
  }
  mpi::Communicator comm_;
  std::string path_;
};

std::vector<char> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const mpi::Communicator& comm, const std::string& path,
                 const std::vector<char>& bytes) {
  comm.barrier();
  if (comm.is_root())
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  comm.barrier();
}

base::Error error_of_reading(const mpi::Communicator& comm, const std::string& path) {
  try {
    train::read_model(comm, path);
  } catch (const mpi::AgreedError& error) {
    return error;
  }
  return {base::ErrorKind::internal, "no error"};
}

}  // namespace

TEST(ModelFile, ComesBackAsItWasOnAllRanks) {
  const mpi::Communicator comm;
  const Folder folder;
  const train::Model written = model();
  train::write_model(comm, folder.file("model.h5"), written);
  const train::Model read = train::read_model(comm, folder.file("model.h5"));
  EXPECT_EQ(read.shape.widths, written.shape.widths);
  EXPECT_EQ(read.shape.activation, written.shape.activation);
  EXPECT_EQ(read.recipe, written.recipe);
  EXPECT_EQ(read.weights, written.weights);
  EXPECT_EQ(read.weights.size(), 26U);
  EXPECT_EQ(read.provenance, written.provenance);
  const auto place = fs::path(folder.file("model.h5")).parent_path();
  EXPECT_EQ(std::distance(fs::directory_iterator(place), {}), 1) << "nothing else stays";
}

TEST(ModelFile, TellsResidualLayersOnAllRanks) {
  const mpi::Communicator comm;
  const Folder folder;
  for (const bool is_residual : {true, false}) {
    train::Model written = model();
    written.shape.widths = {3, 4, 4, 2};
    written.shape.is_residual = is_residual;
    written.weights.resize(nn::parameter_count(written.shape), 0.5F);
    train::write_model(comm, folder.file("model.h5"), written);
    EXPECT_EQ(train::read_model(comm, folder.file("model.h5")).shape.is_residual, is_residual);
  }
}

TEST(ModelFile, NamesAFileThatIsNoModel) {
  const mpi::Communicator comm;
  const Folder folder;
  EXPECT_EQ(error_of_reading(comm, folder.file("none.h5")).kind(), base::ErrorKind::storage);
  if (comm.is_root()) {
    fs::create_symlink("circle.h5", folder.file("circle.h5"));
    fs::create_directory(folder.file("folder.h5"));
  }
  EXPECT_EQ(error_of_reading(comm, folder.file("circle.h5")).kind(), base::ErrorKind::storage);
  EXPECT_EQ(error_of_reading(comm, folder.file("folder.h5")).kind(), base::ErrorKind::data);
  write_bytes(comm, folder.file("text.h5"), std::vector<char>(100, 'a'));
  const auto error = error_of_reading(comm, folder.file("text.h5"));
  EXPECT_EQ(error.kind(), base::ErrorKind::data);
  EXPECT_EQ(error.facts().file, folder.file("text.h5"));
}

TEST(ModelFile, FindsDamageOnAllRanks) {
  const mpi::Communicator comm;
  const Folder folder;
  const std::string path = folder.file("model.h5"), damaged = folder.file("damaged.h5");
  train::write_model(comm, path, model());
  const std::vector<char> whole = bytes_of(path);
  ASSERT_GT(whole.size(), 2000U);
  int refused = 0;
  for (const std::size_t at : {std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const auto cut = whole.begin() + static_cast<std::ptrdiff_t>(at);
    for (const auto& bytes : {flipped, std::vector<char>(whole.begin(), cut)}) {
      write_bytes(comm, damaged, bytes);
      const auto error = error_of_reading(comm, damaged);
      EXPECT_EQ(error.kind(), base::ErrorKind::data) << at;
      EXPECT_EQ(error.facts().file, damaged);
      ++refused;
    }
  }
  EXPECT_EQ(refused, 6);
}
