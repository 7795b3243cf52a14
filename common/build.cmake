# How every target is built, and the one place where third-party packages get a name of ours.
# Newer releases of some packages rename their targets; only this file has to follow.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(msgpack QUIET NAMES msgpack-cxx msgpackc-cxx msgpack)
if(NOT msgpack_FOUND)
  message(FATAL_ERROR "msgpack for C++ was not found (Debian: libmsgpack-cxx-dev)")
endif()
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
# Its CMake package would ask for the web server and the client that come with it.
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

function(sealbus_third_party name)
  add_library(third_party_${name} INTERFACE)
  target_link_libraries(third_party_${name} INTERFACE ${ARGN})
  add_library(third_party::${name} ALIAS third_party_${name})
endfunction()

function(sealbus_first_target out)
  foreach(candidate IN LISTS ARGN)
    if(TARGET ${candidate})
      set(${out} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "none of these targets exists: ${ARGN}")
endfunction()

sealbus_first_target(msgpack_target msgpack-cxx msgpackc-cxx)
sealbus_first_target(yaml_target yaml-cpp::yaml-cpp yaml-cpp)
sealbus_third_party(openssl OpenSSL::Crypto)
sealbus_third_party(sodium PkgConfig::sodium)
sealbus_third_party(zmq PkgConfig::zmq)
sealbus_third_party(msgpack ${msgpack_target})
sealbus_third_party(spdlog spdlog::spdlog)
sealbus_third_party(fmt fmt::fmt)
sealbus_third_party(yaml ${yaml_target})
sealbus_third_party(simdjson simdjson::simdjson)
sealbus_third_party(prometheus PkgConfig::prometheus)
sealbus_third_party(cli11 CLI11::CLI11)
sealbus_third_party(expected tl::expected)
sealbus_third_party(asio Boost::headers Threads::Threads)
target_compile_definitions(third_party_msgpack INTERFACE MSGPACK_NO_BOOST)
# clang 14 does not see that libstdc++ has coroutines.
target_compile_definitions(third_party_asio INTERFACE
  BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)

add_library(sealbus_options INTERFACE)
target_include_directories(sealbus_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(sealbus_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough
  -fstack-protector-strong $<$<BOOL:${SEALBUS_WERROR}>:-Werror>)
if(SEALBUS_SANITIZE)
  target_compile_options(sealbus_options INTERFACE
    -fsanitize=${SEALBUS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1)
  target_link_options(sealbus_options INTERFACE -fsanitize=${SEALBUS_SANITIZE})
  # Asio and the wake-up between threads use fences, which the thread sanitizer does not model; g++
  # warns of each of them.
  target_compile_options(sealbus_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
else()
  target_compile_definitions(sealbus_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

# sealbus_library(folder NAME [USES target…] [PRIVATELY target…])
# One static library per folder: every .cpp that lies in it. USES is what its headers show.
function(sealbus_library name)
  cmake_parse_arguments(arg "" "" "USES;PRIVATELY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)  # headers only
    add_library(sealbus_${name} INTERFACE)
    add_library(sealbus::${name} ALIAS sealbus_${name})
    target_link_libraries(sealbus_${name} INTERFACE sealbus_options ${arg_USES})
    return()
  endif()
  add_library(sealbus_${name} STATIC ${sources})
  add_library(sealbus::${name} ALIAS sealbus_${name})
  target_link_libraries(sealbus_${name} PUBLIC sealbus_options ${arg_USES} PRIVATE ${arg_PRIVATELY})
endfunction()
